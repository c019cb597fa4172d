import { AsyncLocalStorage } from 'node:async_hooks'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Changes } from '../change-feed/changes.ts'
import { aloneLock } from './lock-holder.ts'

/** A row that a transaction can lock. `lock` also reloads what may have changed before the lock was taken. */
interface Lockable<Options> {
  readonly id: string
  lock(em: SqlEntityManager, options: Options): Promise<void>
}

/** Locked by name because there is no row, or none yet: an identity at an upstream provider, an email address. */
const NAMED = ['identity', 'address'] as const
type Named = (typeof NAMED)[number]

/** Runs work on entities in a transaction. */
export interface Atomically {
  /** Commits when `work` resolves, and rolls back when it rejects. Within another transaction it is a savepoint. */
  <T>(work: () => Promise<T>): Promise<T>

  /**
   * Also locks the thing, so that no other transaction on it runs at the same time. Locks are taken in one order to
   * avoid deadlocks: identities, addresses, one account, roles by name (`Roles.lock`), then other rows.
   * @throws Error for another order, which is a programming mistake
   */
  on<T, Options>(thing: Lockable<Options>, options: Options, work: () => Promise<T>): Promise<T>
  on<T>(kind: Named, names: string | readonly string[], work: () => Promise<T>): Promise<T>

  /**
   * Runs in one process at a time, by a name.
   * @returns `otherwise` at once if another process does so now
   */
  alone<T>(name: string, otherwise: T, work: () => Promise<T>): Promise<T>

  /** Asserts the lock that the calling code relies on. @throws Error if this transaction doesn't hold it */
  mustBeOn(thing: { id: string }): void
  mustBeOn(kind: Named, name: string): void

  /**
   * Does the work and rolls it back. It takes as long as the real work and leaves nothing behind, so that the response
   * time doesn't reveal which of the two happened.
   */
  decoy(work: () => Promise<unknown>): Promise<void>
}

export function createAtomically(em: SqlEntityManager, changes: Changes): Atomically {
  const current = new AsyncLocalStorage<Locks>()

  function begin<T>(work: (inner: SqlEntityManager, locks: Locks) => Promise<T>): Promise<T> {
    const outer = em.isInTransaction() ? current.getStore() : undefined
    const locks = outer ?? new Locks()
    const transaction = () => em.transactional(inner => current.run(locks, () => work(inner, locks)))
    return outer ? transaction() : changes.untilCommitted(transaction)
  }

  function on<T>(what: Named | Lockable<unknown>, details: unknown, work: () => Promise<T>): Promise<T> {
    return begin(async (inner, locks) => {
      if (typeof what === 'string') {
        const names = [details as string | readonly string[]].flat().sort()
        const keys = names.map(name => `${what} ${name}`)
        locks.add(NAMED.indexOf(what), keys)
        for (const key of keys) await inner.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [key])
      } else {
        locks.add(NAMED.length, [what.id])
        await what.lock(inner, details)
        // Statements without entities may change it too, such as those that add and remove factors.
        changes.notify(`account:${what.id}`)
      }
      return work()
    })
  }

  function alone<T>(name: string, otherwise: T, work: () => Promise<T>): Promise<T> {
    return begin(async inner => {
      const lock = 'select pg_try_advisory_xact_lock(hashtextextended(?, 0)) as held'
      const [found] = await inner.execute<{ held: boolean }[]>(lock, [aloneLock(name)])
      return found?.held ? work() : otherwise
    })
  }

  function mustBeOn(what: Named | { id: string }, name?: string): void {
    const key = typeof what === 'string' ? `${what} ${name}` : what.id
    if (!(em.isInTransaction() && current.getStore()?.has(key)))
      throw new Error(`${key} has to be locked here: use atomically.on`)
  }

  async function decoy(work: () => Promise<unknown>): Promise<void> {
    try {
      await begin(async inner => {
        await work()
        await inner.flush()
        throw new RolledBack()
      })
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error
    }
  }

  const atomically = <T>(work: () => Promise<T>) => begin(work)
  return Object.assign(atomically, { on, alone, mustBeOn, decoy })
}

/** Thrown to roll a decoy back; caught in this file. */
class RolledBack extends Error {}

/** The locks of one transaction, including its savepoints. */
class Locks {
  readonly #keys = new Set<string>()
  #rank = -1

  add(rank: number, keys: readonly string[]): void {
    if (rank <= this.#rank && !keys.every(key => this.#keys.has(key)))
      throw new Error(`${keys} cannot be locked after ${[...this.#keys].join(', ')}: see the order at atomically.on`)
    this.#rank = Math.max(rank, this.#rank)
    for (const key of keys) this.#keys.add(key)
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }
}
