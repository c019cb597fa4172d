import type { Database } from './database.ts'

/** An arbitrary lock number that all Gatehouse processes share. */
const LOCK = 7_402_190_339

const VALID = 'select coalesce((select indisvalid from pg_index where indexrelid = to_regclass(?)), false) as valid'

const ready = new WeakMap<Database['orm'], Set<string>>()

/**
 * Builds an index that a migration leaves out where its table is large, while other processes go on writing. One process
 * builds it and the others wait. A build that was interrupted is done again.
 * @param on the table, the columns and the condition
 */
export async function ensureIndex(
  { orm, em, shared, withoutTimeLimits }: Database,
  name: string,
  on: string,
): Promise<void> {
  const done = ready.get(orm) ?? new Set()
  if (done.has(name)) return
  const valid = async () => (await em.fork().execute<{ valid: boolean }[]>(VALID, [name]))[0]?.valid === true
  if (!(await valid())) {
    if (!shared) await em.fork().execute(`create index if not exists ${name} on ${on}`)
    else
      await withoutTimeLimits(() =>
        em.fork().transactional(async inner => {
          await inner.execute(`select pg_advisory_xact_lock(${LOCK})`)
          if (await valid()) return
          // On other connections: an index cannot be built concurrently in a transaction.
          await em.fork().execute(`drop index concurrently if exists ${name}`)
          await em.fork().execute(`create index concurrently ${name} on ${on}`)
        }),
      )
  }
  ready.set(orm, done.add(name))
}
