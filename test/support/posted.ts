import type { EmailKind } from '../../src/mail/kinds.ts'
import type { Letter } from '../../src/mail/letter.ts'
import { LETTER } from '../../src/mail/outbox.ts'
import { SCHEMA } from '../../src/storage/queue.ts'
import type { Gatehouse } from './gatehouse.ts'

/** The letters to an address that have been posted, delivered or not, oldest first. */
export async function posted({ app }: Pick<Gatehouse, 'app'>, to: string, kind?: EmailKind): Promise<Letter[]> {
  const jobs = await app.em
    .fork()
    .execute<{ data: { sealed: string } }[]>(`select data from ${SCHEMA}.job where name = ? order by created_on, id`, [
      LETTER,
    ])
  const letters = jobs.map(({ data }) => app.outbox.unseal(data))
  return letters.filter(letter => letter.to === to && (kind === undefined || letter.kind === kind))
}
