import type { Email } from '../../src/email/email.ts'
import type { EmailKind } from '../../src/email/kinds.ts'
import { EMAIL_QUEUE } from '../../src/email/outbox.ts'
import { SCHEMA } from '../../src/storage/queue/queue.ts'
import type { Gatehouse } from './gatehouse.ts'

/** The emails to an address that were put in the queue, delivered or not, oldest first. */
export async function queuedEmails({ app }: Pick<Gatehouse, 'app'>, to: string, kind?: EmailKind): Promise<Email[]> {
  const jobs = await app.em
    .fork()
    .execute<{ data: { sealed: string } }[]>(`select data from ${SCHEMA}.job where name = ? order by created_on, id`, [
      EMAIL_QUEUE,
    ])
  const emails = jobs.map(({ data }) => app.outbox.unseal(data))
  return emails.filter(email => email.to === to && (kind === undefined || email.kind === kind))
}
