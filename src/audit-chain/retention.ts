import { setTimeout as pause } from 'node:timers/promises'
import { GROUPS, type Group, type Kind, kindsIn, kindsNamed } from '../audit/catalogue.ts'
import { system } from '../base/actor.ts'
import { ConfigError } from '../base/config.ts'
import { firstId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import type { Head } from './heads.ts'

const BATCH = 1000
/** Clocks of several servers may differ by this. */
const TOLERANCE_MS = 60_000
/** Events that verification needs for good. */
const KEPT: readonly Kind[] = ['audit.pruned', 'audit.adopted']

const OLD = `
  e.kind in (select jsonb_array_elements_text(?::jsonb)) and e.at < ?
  and exists(select from audit_link l where l.event_id = e.id)`
const COUNT = `select count(*)::text as count from audit_event e where e.id < ? and ${OLD}`
const PAGE = `
  select max(p.id::text) as last, count(*)::int as count
  from (select id from audit_event where (?::uuid is null or id > ?::uuid) and id < ? order by id limit ${BATCH}) p`
const DELETE = `delete from audit_event e where (?::uuid is null or e.id > ?::uuid) and e.id <= ?::uuid and ${OLD}`

interface Rule {
  kinds: Kind[]
  /** Seconds. */
  age: number
}

/**
 * Deletes events whose time is over (AUDIT_RETENTION). Their links stay, and an event says what was deleted, so that the chain
 * still proves that nothing else is missing.
 */
export class AuditRetention {
  readonly #app
  readonly #rules: Rule[]

  /** @throws ConfigError for a name that no event has */
  constructor(app: Needs<'config' | 'em' | 'clock' | 'log' | 'audit' | 'auditChain' | 'database'>) {
    this.#app = app
    this.#rules = rulesOf(app.config.auditRetention)
  }

  /**
   * Deletes what is old enough by the clock and by a head of an earlier day: a clock that jumps ahead deletes nothing.
   * @returns how many events it deleted
   */
  async run(head: Head): Promise<number> {
    const now = this.#app.clock.now().getTime()
    if (this.#rules.length === 0) return 0
    if (await this.#clockIsBehind(now)) {
      this.#app.log.warn('no audit events are deleted: the clock is before the last event')
      return 0
    }
    let deleted = 0
    for (const { kinds, age } of this.#rules)
      deleted += await this.#prune(kinds, new Date(Math.min(now, Date.parse(head.at)) - age * 1000))
    return deleted
  }

  async #clockIsBehind(now: number): Promise<boolean> {
    const last = 'select extract(epoch from at)::text as at from audit_event order by id desc limit 1'
    const [row] = await this.#app.em.execute<{ at: string }[]>(last)
    return row !== undefined && Number(row.at) * 1000 > now + TOLERANCE_MS
  }

  /** Recorded and linked before anything is deleted, so that verification never finds an event missing without a reason. */
  async #prune(kinds: readonly Kind[], before: Date): Promise<number> {
    const { em, audit, auditChain, database } = this.#app
    const end = firstId(before)
    const old = [JSON.stringify(kinds), before]
    const [row] = await database.withoutTimeLimits(() => em.execute<{ count: string }[]>(COUNT, [end, ...old]))
    const count = Number(row?.count ?? 0)
    if (count === 0) return 0
    const changes = { kinds: [...kinds], before: before.toISOString(), count }
    const recorded = Object.entries(changes).map(([name, to]) => [name, { from: null, to }])
    await audit.write('audit.pruned', { by: system, changes: Object.fromEntries(recorded) })
    for (;;) {
      await auditChain.appendAll()
      if (!(await this.#recordWaits())) break
      await pause(100)
    }
    return this.#delete(end, old)
  }

  /** Whether another process is still linking the record. */
  async #recordWaits(): Promise<boolean> {
    const pending = `select exists(select from audit_event where pending and kind = 'audit.pruned') as waits`
    const [row] = await this.#app.em.execute<{ waits: boolean }[]>(pending)
    return row?.waits === true
  }

  async #delete(end: string, old: readonly unknown[]): Promise<number> {
    let [deleted, last]: [number, string | null] = [0, null]
    for (;;) {
      const [page]: { last: string | null; count: number }[] = await this.#app.em.execute(PAGE, [last, last, end])
      if (!page?.last) return deleted
      const { affectedRows } = await this.#app.em
        .getConnection()
        .execute<{ affectedRows: number }>(DELETE, [last, last, page.last, ...old], 'run')
      deleted += affectedRows
      last = page.last
    }
  }
}

/** Of several rules for a kind, the first counts. */
function rulesOf(retention: readonly { name: string; age: number }[]): Rule[] {
  const seen = new Set<Kind>(KEPT)
  return retention.map(({ name, age }) => {
    const named = name in GROUPS ? kindsIn(name as Group) : kindsNamed([name])
    if (named.length === 0)
      throw new ConfigError([
        { name: 'AUDIT_RETENTION', problem: `${JSON.stringify(name)} is no kind, group or prefix of audit events` },
      ])
    const kinds = named.filter(kind => !seen.has(kind))
    for (const kind of kinds) seen.add(kind)
    return { kinds, age }
  })
}
