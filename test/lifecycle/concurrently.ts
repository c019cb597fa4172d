import type { Account } from '../../src/accounts/account.ts'
import { operator } from '../../src/base/actor.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { TestAccounts } from './test-accounts.ts'

/**
 * Something is done to an account, and is not written yet when something else begins, which so has looked at what was
 * before. The embedded database lets nobody look then: what begins there finds what was done.
 */
export async function meanwhile<T>(
  gatehouse: Gatehouse,
  id: string,
  { done, begun }: { done: (account: Account) => Promise<unknown>; begun: () => Promise<T> },
): Promise<PromiseSettledResult<T>> {
  const { app } = gatehouse
  const [inside, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const doing = new TestAccounts(gatehouse).with(id, account =>
    app.atomically.on(account, { by: operator }, async () => {
      await done(account)
      await app.em.flush()
      inside.resolve()
      await over.promise
    }),
  )
  await Promise.race([inside.promise, doing])
  const beginning = Promise.allSettled([begun()])
  await statementsWaitForLocks(app)
  over.resolve()
  await doing
  return (await beginning)[0]
}
