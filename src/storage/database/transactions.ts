import { AsyncLocalStorage } from 'node:async_hooks'
import type { SqlEntityManager } from '@mikro-orm/postgresql'

/** A row that a transaction can lock: it knows how, and reads again what may have changed before it was locked. */
interface Lockable<Options> {
  readonly id: string
  lock(em: SqlEntityManager, options: Options): Promise<void>
}

/** What is locked by name because it has no row, or none yet: a person at an upstream provider, an email address. */
const NAMED = ['identity', 'address'] as const
type Named = (typeof NAMED)[number]

/** The one way into a transaction. */
export interface Atomically {
  /** Commits when `work` resolves, rolls back and rejects when it rejects. Inside another one it is a savepoint. */
  <T>(work: () => Promise<T>): Promise<T>

  /**
   * The same, and no other transaction on the same thing runs beside it. Locks are taken in one order, so that no two
   * transactions wait for each other: identities, then addresses, then one account, then roles by name (`Roles.lock`),
   * then any other rows. The other order is a mistake in the code and throws.
   */
  on<T, Options>(thing: Lockable<Options>, options: Options, work: () => Promise<T>): Promise<T>
  on<T>(kind: Named, names: string | readonly string[], work: () => Promise<T>): Promise<T>

  /** For code that is only right within `on`. @throws Error where the transaction has not locked it */
  mustBeOn(thing: { id: string }): void
  mustBeOn(kind: Named, name: string): void

  /**
   * Does the work and rolls it back: it costs as much as the real work and leaves nothing, so that the time of an answer
   * does not tell which of the two it was.
   */
  decoy(work: () => Promise<unknown>): Promise<void>
}

export function createAtomically(em: SqlEntityManager): Atomically {
  const current = new AsyncLocalStorage<Locks>()

  function begin<T>(work: (inner: SqlEntityManager, locks: Locks) => Promise<T>): Promise<T> {
    const outer = em.isInTransaction() ? current.getStore() : undefined
    const locks = outer ?? new Locks()
    return em.transactional(inner => current.run(locks, () => work(inner, locks)))
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
      }
      return work()
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
  return Object.assign(atomically, { on, mustBeOn, decoy })
}

/** Never seen outside. */
class RolledBack extends Error {}

/** What one transaction has locked, with its savepoints. */
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
