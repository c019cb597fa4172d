import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import type { Account } from './account.ts'

/**
 * The way to change an account, its ways in or its address, by whoever and whatever link: in a transaction that no other one of the same account runs beside: of two factors added at once one is the first,
 * and of two ways in that are removed at once one stays. The account is read again before the work begins, and whoever
 * was signed out while they waited does nothing any more: what was looked at before may be of another time.
 * @throws SignedOut; NotFound `account_gone`
 */
export function oneAtATime<T>(
  em: SqlEntityManager,
  account: Account,
  { by }: { by: Actor },
  work: () => Promise<T>,
): Promise<T> {
  return em.transactional(async inner => {
    await inner.execute('select from account where id = ? for no key update', [account.id])
    // What is staged already would be lost.
    await inner.flush()
    if (!(await inner.refresh(account))) throw new NotFound('the account is gone', 'account_gone')
    if (by.id === account.id && account.signedOutAfter(by.signedInAt ?? null)) throw new SignedOut()
    return work()
  })
}
