import type { SqlEntityManager } from '@mikro-orm/postgresql'

/** How the errands of one name stand: what waits, and what became of those of the last day. */
export interface Standing {
  /** Those that were tried in vain, and those in hand, included. */
  waiting: number
  /** How many of these were tried in vain. */
  failing: number
  /** When the oldest of these was added. */
  oldestAt: Date | null
  /** What the last try in vain met with, as its error said it. */
  failure: string | null
  done: number
  lastDoneAt: Date | null
  /** Tried too often, or not worth another try. */
  givenUp: number
}

/** Whoever does an errand answers nothing, unless there is a reason to give it up. */
const COUNT = `
  select count(*) filter (where state < 'completed') as waiting,
    count(*) filter (where state = 'retry' or (state = 'active' and retry_count > 0)) as failing,
    min(created_on) filter (where state < 'completed') as oldest,
    count(*) filter (where state = 'completed' and output is null) as done,
    max(completed_on) filter (where state = 'completed' and output is null) as last_done,
    count(*) filter (where state = 'failed' or (state = 'completed' and output is not null)) as given_up,
    (array_agg(output ->> 'message' order by started_on desc) filter (where state = 'retry'))[1] as failure
  from SCHEMA.job where name = ?`

interface Row {
  waiting: string | number
  failing: string | number
  oldest: Date | string | null
  done: string | number
  last_done: Date | string | null
  given_up: string | number
  failure: string | null
}

export async function standing(em: SqlEntityManager, schema: string, name: string): Promise<Standing> {
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

function moment(value: Date | string | null): Date | null {
  return value === null ? null : new Date(value)
}
