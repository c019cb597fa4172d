import { defineEntity, p } from '@mikro-orm/core'

const DeliveredEmailSchema = defineEntity({
  name: 'DeliveredEmail',
  tableName: 'delivered_email',
  properties: {
    id: p.uuid().primary(),
    kind: p.text(),
    recipient: p.text(),
    subject: p.text(),
    html: p.text(),
    text: p.text(),
    deliveredAt: p.datetime(),
  },
})

/** An email in the mailbox. Its links work, so there is none in production. */
export class DeliveredEmail extends DeliveredEmailSchema.class {}

DeliveredEmailSchema.setClass(DeliveredEmail)
