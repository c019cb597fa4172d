import { Forbidden } from '../../../base/refusals.ts'
import type { AccountRequest } from '../account-request.ts'
import { page } from '../page.ts'

const DAY = 24 * 60 * 60

/** Everything held about the person, to take away or to have erased. */
export const data = page({
  path: '/data',
  here: 'data',
  recent: true,
  data: ({ app }) => ({ graceDays: Math.ceil(app.config.deletionGrace / DAY) }),
})

export const exported = page({
  path: '/export.html',
  here: 'data',
  recent: true,
  data: async visit => ({ held: await held(visit) }),
})

export async function held({ app, person }: AccountRequest): Promise<Record<string, unknown>> {
  const account = await app.accounts.find(person.id)
  if (!account.active) throw new Forbidden('this account is suspended')
  return (await app.export.of(account)) as Record<string, unknown>
}
