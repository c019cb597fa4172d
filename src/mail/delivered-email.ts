import { defineEntity, p } from '@mikro-orm/core'

const DeliveredEmailSchema = defineEntity({
  name: 'DeliveredEmail',
  tableName: 'delivered_letter',
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

/** An email as it was delivered into the mailbox. Its links work, so it is kept only where people try things out. */
export class DeliveredEmail extends DeliveredEmailSchema.class {}

DeliveredEmailSchema.setClass(DeliveredEmail)
