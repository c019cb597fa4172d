import type { Database } from '../storage/database/database.ts'

/** The advisory lock of the process that builds the index; an arbitrary number. */
const LOCK = 7_402_190_339

const VALID = `
  select coalesce((select indisvalid from pg_index where indexrelid = to_regclass('audit_event_pending')), false) as valid`

const ready = new WeakSet<object>()

/**
 * Builds the index of the events that wait for the chain, if the migration left it out because the table is large.
 * Writing goes on meanwhile. A build that was interrupted is done again.
 */
export async function ensurePendingIndex(database: Database): Promise<void> {
  if (ready.has(database)) return
  const { em, shared, withoutTimeLimits } = database
  const valid = async () => (await em.fork().execute<{ valid: boolean }[]>(VALID))[0]?.valid === true
  if (!shared) {
    await em.fork().execute('create index if not exists audit_event_pending on audit_event (id) where pending')
  } else if (!(await valid())) {
    await withoutTimeLimits(() =>
      em.fork().transactional(async inner => {
        await inner.execute('select pg_advisory_xact_lock(?)', [LOCK])
        if (await valid()) return
        // On another connection: an index cannot be built concurrently in a transaction.
        await em.fork().execute('drop index concurrently if exists audit_event_pending')
        await em.fork().execute('create index concurrently audit_event_pending on audit_event (id) where pending')
      }),
    )
  }
  ready.add(database)
}
