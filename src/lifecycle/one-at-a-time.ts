import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'

/**
 * In a transaction that no other one of the same account runs beside: of two factors added at once one is the first,
 * and of two ways in that are removed at once one stays.
 */
export function oneAtATime<T>(em: SqlEntityManager, account: Account, work: () => Promise<T>): Promise<T> {
  return em.transactional(async inner => {
    await inner.execute('select from account where id = ? for no key update', [account.id])
    return work()
  })
}
