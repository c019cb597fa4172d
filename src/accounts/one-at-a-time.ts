import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Actor } from '../base/actor.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import type { Account } from './account.ts'

/**
 * Every change of an account, its sign-in methods or its address goes through here, from a session or by a link: in a
 * transaction beside which no other one of the same account runs. Of two factors added at once one is the first, and of
 * two sign-in methods removed at once one stays. The account is read again before the work begins, and a session that
 * ended meanwhile changes nothing: what was read before may be out of date.
 *
 * Locks are taken in one order everywhere, so that no two transactions wait for each other: the account first, then roles
 * by their names (`Roles.lock`; for the rule about the last superuser, `superuser` alone), then any other rows. Work that
 * needs a role's lock begins here, and so does work that spends a link.
 * @param options.erase the account itself will be deleted: nothing new may refer to it meanwhile
 * @throws SignedOut; NotFound `account_gone`
 */
export function oneAtATime<T>(
  em: SqlEntityManager,
  account: Account,
  { by, erase = false }: { by: Actor; erase?: boolean },
  work: () => Promise<T>,
): Promise<T> {
  return em.transactional(async inner => {
    await inner.execute(`select from account where id = ? for ${erase ? 'update' : 'no key update'}`, [account.id])
    // What is staged already would be lost.
    await inner.flush()
    if (!(await inner.refresh(account))) throw new NotFound('the account is gone', 'account_gone')
    if (by.id === account.id && account.signedOutAfter(by.signedInAt ?? null)) throw new SignedOut()
    return work()
  })
}
