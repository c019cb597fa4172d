import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import type { Account } from './account.ts'

/**
 * Every change of an account, its sign-in methods or its address goes through here, from a session or by a link: in a
 * transaction beside which no other one of the same account runs. Of two factors added at once one is the first, and of
 * two sign-in methods removed at once one stays. The account is read again before the work begins, and a session that
 * ended meanwhile changes nothing: what was read before may be out of date.
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
