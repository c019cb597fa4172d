import type { App } from '../../src/app.ts'
import { waitFor } from './wait-for.ts'

const WAITING = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

/** Waits until this many statements wait for a lock. Skipped on the embedded database, whose only connection is in use. */
export async function statementsWaitForLocks({ em, database }: App, count = 1): Promise<void> {
  const waiting = async () => (await em.fork().execute(WAITING)).length >= count
  if (database.shared) await waitFor(waiting, { what: () => `fewer than ${count} statements wait for a lock` })
}
