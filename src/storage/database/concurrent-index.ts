import type { Database } from './database.ts'

/** An arbitrary lock number that all Gatehouse processes share. */
const LOCK = 7_402_190_339

const VALID = 'select coalesce((select indisvalid from pg_index where indexrelid = to_regclass(?)), false) as valid'

const ready = new WeakMap<Database['orm'], Set<string>>()

/**
 * Builds an index that a migration leaves out where its table is large, while other processes go on writing. One process
 * builds it. The others don't wait for it: the build waits for every transaction that was open when it began.
 * A build that was interrupted is done again.
 * @param on the table, the columns and the condition
 * @returns whether the index is there; false while another process builds it
 */
export async function ensureIndex(
  { orm, em, shared, withoutTimeLimits }: Database,
  name: string,
  on: string,
): Promise<boolean> {
  const done = ready.get(orm) ?? new Set()
  if (done.has(name)) return true
  const valid = async () => (await em.fork().execute<{ valid: boolean }[]>(VALID, [name]))[0]?.valid === true
  const built = (await valid()) || (shared ? await build() : await buildEmbedded())
  if (built) ready.set(orm, done.add(name))
  return built

  async function buildEmbedded(): Promise<boolean> {
    await em.fork().execute(`create index if not exists ${name} on ${on}`)
    return true
  }

  function build(): Promise<boolean> {
    return em.fork().transactional(async inner => {
      const lock = `select pg_try_advisory_xact_lock(${LOCK}) as held`
      const [found] = await inner.execute<{ held: boolean }[]>(lock)
      if (!found?.held) return false
      if (await valid()) return true
      // On other connections: an index cannot be built concurrently in a transaction.
      await withoutTimeLimits(() => em.fork().execute(`drop index concurrently if exists ${name}`))
      await withoutTimeLimits(() => em.fork().execute(`create index concurrently ${name} on ${on}`))
      return true
    })
  }
}
