import { defineEntity, p } from '@mikro-orm/core'

const DeliveredLetterSchema = defineEntity({
  name: 'DeliveredLetter',
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

/** A letter as it was delivered into the mailbox. Its links work, so it is kept only where people try things out. */
export class DeliveredLetter extends DeliveredLetterSchema.class {}

DeliveredLetterSchema.setClass(DeliveredLetter)
