import type { SqlEntityManager } from '@mikro-orm/postgresql'

/** The state of one queue: its pending jobs, and the jobs of the last day. */
export interface QueueStatus {
  /** Jobs that aren't done, including those that failed and those in progress. */
  waiting: number
  /** How many of the waiting jobs have failed at least once. */
  failing: number
  /** When the oldest waiting job was added. */
  oldestAt: Date | null
  /** The error message of the last failed try of a waiting job. */
  failure: string | null
  done: number
  lastDoneAt: Date | null
  /** Jobs that ran out of tries or were given up early. */
  givenUp: number
}

/** A completed job has output only if its worker gave it up for a reason. */
const COUNT = `
  select count(*) filter (where state < 'completed') as waiting,
    count(*) filter (where state = 'retry' or (state = 'active' and retry_count > 0)) as failing,
    min(created_on) filter (where state < 'completed') as oldest,
    count(*) filter (where state = 'completed' and output is null) as done,
    max(completed_on) filter (where state = 'completed' and output is null) as last_done,
    count(*) filter (where state = 'failed' or (state = 'completed' and output is not null)) as given_up,
    (array_agg(output ->> 'message' order by started_on desc) filter (where state = 'retry'))[1] as failure
  from SCHEMA.job where name = ?`

/** Drivers return counts as numbers or text, and times as dates or text. */
interface Row extends Record<'waiting' | 'failing' | 'done' | 'given_up', string | number> {
  oldest: Date | string | null
  last_done: Date | string | null
  failure: string | null
}

export async function queueStatus(em: SqlEntityManager, schema: string, name: string): Promise<QueueStatus> {
  const [row] = await em.execute<Row[]>(COUNT.replace('SCHEMA', schema), [name])
  return {
    waiting: Number(row!.waiting),
    failing: Number(row!.failing),
    oldestAt: moment(row!.oldest),
    failure: row!.failure,
    done: Number(row!.done),
    lastDoneAt: moment(row!.last_done),
    givenUp: Number(row!.given_up),
  }
}

const NEXT_TRIES = `
  select id, start_after from SCHEMA.job
  where name = ? and state < 'completed' and id in (select value::uuid from jsonb_array_elements_text(?::jsonb))`

export async function nextTries(
  em: SqlEntityManager,
  schema: string,
  { name, ids }: { name: string; ids: readonly string[] },
): Promise<Map<string, Date>> {
  if (ids.length === 0) return new Map()
  const statement = NEXT_TRIES.replace('SCHEMA', schema)
  const rows = await em.execute<{ id: string; start_after: Date | string }[]>(statement, [name, JSON.stringify(ids)])
  return new Map(rows.map(({ id, start_after }) => [id, new Date(start_after)]))
}

function moment(value: Date | string | null): Date | null {
  return value === null ? null : new Date(value)
}
