import { AuditKeyLost } from '../audit/audit-key.ts'
import { BrokenChain } from '../audit/broken-chain.ts'
import { isoTime, STORED_EVENT } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import { readTip } from '../audit/stored-tip.ts'
import type { StoredTip } from '../audit/tip.ts'
import type { Needs } from '../base/nouns.ts'
import { unexplained } from './erasures.ts'
import { Findings } from './findings.ts'
import { checkHeads } from './head-check.ts'
import { type Head, newestHead } from './heads.ts'
import { HIGHEST, LINK, type Link, LOWEST } from './link.ts'
import { LinkCheck, type LinkWithEvent, type Unexplained } from './link-check.ts'
import { PRUNINGS, type PruningRow, Prunings } from './prunings.ts'
import { checkUnlinked } from './unlinked-check.ts'

const PAGE = 2000
const LINKS = `
  select ${LINK}, ${STORED_EVENT}, encode(a.link, 'hex') as anchored
  from audit_link l left join audit_event e on e.id = l.event_id left join audit_link a on a.seq = e.anchor_seq
  where l.seq > ?::bigint and l.seq <= ?::bigint order by l.seq limit ${PAGE}`

export interface Verdict {
  verdict: 'proven' | 'findings' | 'unverified'
  /** Which chain it is: compare it with what you know. Null if its key could not be read. */
  chain: { began: string; key: string; adopted: number } | null
  /** Why it could not be verified. */
  reason: string | null
  /** Links that were checked. */
  links: number
  /** Events that retention has deleted. */
  deleted: number
  /** New events that wait for their link. */
  waiting: number
  /** The last link. */
  seq: number | null
  /** How many findings there are of each kind. */
  counts: Findings['counts']
  /** The first ones. */
  findings: Findings['first']
}

type Result = Omit<Verdict, 'verdict' | 'counts' | 'findings'>

interface Options {
  /** A head that was kept elsewhere. */
  head?: Head | undefined
  /** How many findings to describe. */
  limit?: number
  /** Is called with the number of links that were checked, and of all. */
  progress?: (done: number, all: number) => void
}

/** Checks that no event was altered, removed or inserted. It changes nothing, and needs little memory for any number of events. */
export class AuditVerification {
  readonly #app

  constructor(app: Needs<'em' | 'auditKey' | 'database' | 'clock'>) {
    this.#app = app
  }

  /** Never throws: what keeps it from verifying is the reason of the verdict. */
  async run({ limit = 20, ...options }: Options = {}): Promise<Verdict> {
    const findings = new Findings(limit)
    const result: Result = { chain: null, reason: null, links: 0, deleted: 0, waiting: 0, seq: null }
    try {
      await this.#app.database.withoutTimeLimits(() => this.#check(findings, result, options))
    } catch (error) {
      if (error instanceof AuditKeyLost) findings.add('key', { detail: error.message })
      else result.reason = error instanceof Error ? error.message : String(error)
    }
    const verdict = findings.total > 0 ? 'findings' : result.reason === null ? 'proven' : 'unverified'
    return { verdict, ...result, counts: findings.counts, findings: findings.first }
  }

  async #check(findings: Findings, result: Result, { head, progress }: Omit<Options, 'limit'>) {
    const { em, clock } = this.#app
    const key = await this.#app.auditKey.read()
    const until = await newestHead(em)
    const tip = await this.#tip(key, findings)
    Object.assign(result, { chain: { began: key.began.toISOString(), key: key.id, adopted: tip?.adopted ?? 0 } })
    const check = new LinkCheck(key, findings)
    Object.assign(result, await this.#links(check, { key, tip, findings, progress }), { seq: tip?.seq ?? check.seq })
    if (tip) {
      check.gapBefore(tip.seq + 1)
      if (check.seq === tip.seq && check.link !== tip.link) findings.add('tip', { seq: tip.seq })
    }
    Object.assign(result, { waiting: await checkUnlinked(em, { key, tip, findings, now: clock.now() }) })
    await checkHeads(em, { key, last: check.seq, findings, until, head })
  }

  /** The tip; null if it is no proof, which is reported. */
  async #tip(key: OpenAuditKey, findings: Findings): Promise<StoredTip | null> {
    try {
      const { tip, last } = await readTip(this.#app.em, key)
      if (last > tip.seq)
        findings.add('link altered', { seq: last, detail: `link ${tip.seq} is the last one of Gatehouse` })
      return tip
    } catch (error) {
      if (!(error instanceof BrokenChain)) throw error
      findings.add('tip', { detail: error.message })
      return null
    }
  }

  async #links(
    check: LinkCheck,
    {
      key,
      tip,
      findings,
      progress,
    }: { key: OpenAuditKey; tip: StoredTip | null; findings: Findings } & Pick<Options, 'progress'>,
  ): Promise<{ links: number; deleted: number }> {
    const { em } = this.#app
    const prunings = async () => new Prunings(await em.execute<PruningRow[]>(PRUNINGS), key)
    let known = await prunings()
    let [links, deleted, last] = [0, 0, LOWEST]
    for (;;) {
      const page = await em.execute<LinkWithEvent[]>(LINKS, [last, tip?.seq ?? HIGHEST])
      const missing = await this.#withoutEvent(
        page.flatMap(row => check.next(row) ?? []),
        { key, findings },
      )
      // Retention may have deleted events since, and has recorded that first.
      if (missing.some(link => !known.excuse(link))) known = await prunings()
      for (const link of missing) {
        if (known.excuse(link)) deleted++
        else findings.add('removed', about(link))
      }
      links += page.length
      progress?.(links, tip?.seq ?? links)
      if (page.length < PAGE) return { links, deleted }
      last = page.at(-1)!.seq
    }
  }

  /** Reports the events that should not have lost their personal data. @returns the links whose event is missing */
  async #withoutEvent(
    found: readonly Unexplained[],
    { key, findings }: { key: OpenAuditKey; findings: Findings },
  ): Promise<Link[]> {
    const links = new Map(found.map(({ link }) => [link.eventId, link]))
    const missing = found.flatMap(({ link, event }) => (event ? [] : [link]))
    const events = found.flatMap(({ event }) => event ?? [])
    for (const { event, kept } of await unexplained(this.#app.em, key, events)) {
      const link = links.get(event.id)!
      if (kept) findings.add('erased', about(link))
      else missing.push(link)
    }
    return missing
  }
}

function about({ seq, eventId, at }: Link) {
  return { seq, event: eventId, at: isoTime(at) }
}
