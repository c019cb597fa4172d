import type { App } from '../../src/app.ts'
import { waitFor } from './wait-for.ts'

type Job = { state: string; retry_count: number }

/** The jobs of the queue, or those about one client. */
function jobs({ em }: App, client?: string): Promise<Job[]> {
  const about = client === undefined ? [] : [client]
  const which = client === undefined ? '' : "where data->>'client' = ?"
  return em.fork().execute(`select state::text, retry_count from queue.job ${which}`, about)
}

/** Waits until every job is completed or has failed for good, after which nothing more is sent. @returns their states */
export async function jobsDone(app: App, client?: string): Promise<string[]> {
  const done = async () => (await jobs(app, client)).every(({ state }) => !/^(created|retry|active)$/.test(state))
  await waitFor(done, { what: () => 'some jobs are not done' })
  return (await jobs(app, client)).map(({ state }) => state)
}

/** Waits until a job has failed at least once and waits for its next try. */
export async function jobFailed(app: App, client?: string): Promise<void> {
  const failed = async () => (await jobs(app, client)).some(each => each.retry_count > 0 || each.state === 'retry')
  await waitFor(failed, { what: () => 'no job has failed' })
}
