import type { Account } from '../../src/accounts/account.ts'
import { operator } from '../../src/base/actor.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { TestAccounts } from './test-accounts.ts'

/**
 * Runs `begun` while an uncommitted transaction has done `done` to the account: what `begun` reads before it waits for
 * the lock is the state before the change. The embedded database has one connection, so there it sees the change.
 */
export async function duringChange<T>(
  gatehouse: Gatehouse,
  id: string,
  { done, begun }: { done: (account: Account) => Promise<unknown>; begun: () => Promise<T> },
): Promise<PromiseSettledResult<T>> {
  const { app } = gatehouse
  const [changed, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const change = new TestAccounts(gatehouse).with(id, account =>
    app.atomically.on(account, { by: operator }, async () => {
      await done(account)
      await app.em.flush()
      changed.resolve()
      await commit.promise
    }),
  )
  await Promise.race([changed.promise, change])
  const outcome = Promise.allSettled([begun()])
  await statementsWaitForLocks(app)
  commit.resolve()
  await change
  return (await outcome)[0]
}
