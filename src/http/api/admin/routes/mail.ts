import { z } from 'zod'
import { EMAIL_QUEUE } from '../../../../email/outbox.ts'
import { withoutAddresses } from '../../../../email/without-addresses.ts'
import { route } from '../route.ts'
import { json, moment } from '../values.ts'

const MailQueue = z
  .object({
    waiting: z.int().meta({ description: 'Emails that are not delivered yet.' }),
    failing: z.int().meta({ description: 'Those of them that the mail server refused at least once.' }),
    oldest_at: moment.nullable(),
    failure: z.string().nullable().meta({ description: 'Why the last of these tries failed, without addresses.' }),
    delivered: z.int().meta({ description: 'During the last day.' }),
    last_delivered_at: moment.nullable(),
    given_up: z.int().meta({ description: 'During the last day.' }),
  })
  .meta({ id: 'MailQueue' })

export const mail = {
  getMailQueue: route({
    method: 'get',
    path: '/mail/queue',
    permission: 'mail:read',
    summary: 'How many emails are waiting and why, and when the last one was delivered',
    description: 'Neither what they say nor whom they are for.',
    answer: MailQueue,
    async does({ app }) {
      const { done, lastDoneAt, failure, ...same } = await app.queue.status(EMAIL_QUEUE)
      const words = failure === null ? null : withoutAddresses(failure)
      return MailQueue.parse(json({ ...same, failure: words, delivered: done, lastDeliveredAt: lastDoneAt }))
    },
  }),
}
