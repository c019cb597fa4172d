import { GROUPS, type Group, type Kind, kindsIn, kindsNamed } from '../audit/catalogue.ts'
import { system } from '../base/actor.ts'
import { ConfigError } from '../base/config.ts'
import { firstId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { ChainWait } from './chain-wait.ts'
import type { Head } from './heads.ts'
import { HIGHEST } from './link.ts'

const BATCH = 1000
/** Clocks of several servers may differ by this. */
const TOLERANCE_MS = 60_000
/** Events that verification needs for good. */
const KEPT: readonly Kind[] = ['audit.pruned', 'audit.adopted']

/**
 * An erasure explains why other events of its account have lost personal data, so it stays as long as one of them. Only
 * events with an earlier link than the record of the deletion are explained by it.
 */
const OLD = `
  e.kind in (select jsonb_array_elements_text(?::jsonb)) and e.at < ?
  and (e.kind <> 'account.erased' or not exists(
    select from audit_event o where o.id <> e.id
      and (o.subject = e.subject or (o.actor_kind = 'account' and o.actor_id = e.subject::text))))
  and exists(select from audit_link l where l.event_id = e.id and l.seq < ?::bigint)`
const COUNT = `select count(*)::text as count from audit_event e where e.id < ? and ${OLD}`
const RECORD_LINK = `
  select l.seq::text as seq, l.proof, e.pending from audit_event e left join audit_link l on l.event_id = e.id
  where e.id = ?`
const PAGE = `
  select max(p.id::text) as last, count(*)::int as count
  from (select id from audit_event where (?::uuid is null or id > ?::uuid) and id < ? order by id limit ${BATCH}) p`
const DELETE = `delete from audit_event e where (?::uuid is null or e.id > ?::uuid) and e.id <= ?::uuid and ${OLD}`

interface RecordLink {
  seq: string | null
  proof: string | null
  pending: boolean | null
}

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
    const { em, audit, database } = this.#app
    const end = firstId(before)
    const old = [JSON.stringify(kinds), before]
    const [row] = await database.withoutTimeLimits(() => em.execute<{ count: string }[]>(COUNT, [end, ...old, HIGHEST]))
    const count = Number(row?.count ?? 0)
    if (count === 0) return 0
    const changes = { kinds: [...kinds], before: before.toISOString(), count }
    const recorded = Object.entries(changes).map(([name, to]) => [name, { from: null, to }])
    const record = audit.record('audit.pruned', { by: system, changes: Object.fromEntries(recorded) })
    await em.flush()
    const seq = await this.#linked(record)
    return seq === null ? 0 : this.#delete(end, [...old, seq])
  }

  /** Waits for the link of a record. @returns its number; null if someone has altered or removed the record meanwhile */
  async #linked(record: string): Promise<string | null> {
    const wait = new ChainWait(this.#app)
    for (;;) {
      await this.#app.auditChain.appendAll(wait)
      const [row] = await this.#app.em.execute<RecordLink[]>(RECORD_LINK, [record])
      if (row?.seq) return row.proof === 'mac' ? row.seq : null
      if (!row?.pending) return null
      await wait.pause()
    }
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
