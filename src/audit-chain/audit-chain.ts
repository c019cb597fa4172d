import { BrokenChain } from '../audit/broken-chain.ts'
import { eventMac, provenAs, STORED_EVENT, type StoredEvent } from '../audit/event-mac.ts'
import type { OpenAuditKey } from '../audit/open-audit-key.ts'
import { readTip, writeTip } from '../audit/stored-tip.ts'
import type { StoredTip } from '../audit/tip.ts'
import type { Needs } from '../base/nouns.ts'
import { ensureIndex } from '../storage/database/concurrent-index.ts'
import { CHAIN_LOCK, type ChainWait } from './chain-wait.ts'
import { linkMac, type Proof } from './link.ts'

/** Events of one transaction. */
export const BATCH = 1000

const PENDING = `
  select ${STORED_EVENT}, exists(select from audit_link l where l.event_id = e.id) as linked
  from audit_event e where e.pending order by e.id limit ${BATCH} for no key update skip locked`

const EARLIER = `
  select ${STORED_EVENT}, exists(select from audit_link l where l.event_id = e.id) as linked
  from audit_event e where (?::uuid is null or e.id > ?::uuid) and e.id <= ?::uuid
  order by e.id limit ${BATCH} for no key update`

const INSERT = `
  insert into audit_link (seq, event_id, kind, at, event_mac, proof, link)
  select n.seq, e.id, e.kind, e.at, decode(n.mac, 'hex'), n.proof, decode(n.link, 'hex')
  from jsonb_to_recordset(?::jsonb) as n(seq bigint, id uuid, mac text, proof text, link text)
  join audit_event e on e.id = n.id`

const LINKED = `
  update audit_event set pending = null where id in (select jsonb_array_elements_text(?::jsonb)::uuid)`

export type Unlinked = StoredEvent & { linked: boolean }

/** An event that is about to be linked. */
export interface NewLink {
  event: StoredEvent
  mac: string | null
  proof: Proof
}

/** What one transaction did. */
interface Batch {
  appended: number
  adopted: number
  /** Whether there is more to do at once. */
  more: boolean
  /** Whether another session holds the chain, so that nothing was done. */
  held: boolean
}

const NOTHING: Batch = { appended: 0, adopted: 0, more: false, held: false }
const HELD: Batch = { ...NOTHING, held: true }

/**
 * Links events to the chain, in the order in which they become visible. Each link proves the event and everything before it.
 * One process at a time does so, in short transactions beside the requests, which wait for none of this.
 */
export class AuditChain {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'auditKey' | 'database' | 'log'>) {
    this.#app = app
  }

  /** Links the next events: new ones first, then those of earlier releases. @throws BrokenChain if it cannot be continued */
  async append(): Promise<Batch> {
    const key = this.#app.auditKey.opened
    if (!key) throw new BrokenChain('the audit key is missing')
    if (!(await this.#waiting(key))) return NOTHING
    return this.exclusively<Batch>(key, HELD, async tip => {
      const pending = await this.#app.em.execute<Unlinked[]>(PENDING)
      const appended = await this.link(key, tip, this.#judged(key, pending))
      await this.#app.em.execute(LINKED, [JSON.stringify(pending.map(({ id }) => id))])
      const full = pending.length === BATCH
      const adoption = full ? { adopted: 0, more: true } : await this.#adopt(key, tip)
      return { appended, ...adoption, held: false }
    })
  }

  /**
   * Links until nothing waits.
   * @param wait while another session holds the chain; without it, that ends the work
   * @returns how many events were linked
   * @throws BrokenChain, ChainInUse
   */
  async appendAll(wait?: ChainWait): Promise<number> {
    for (let total = 0; ; ) {
      const { appended, adopted, more, held } = await this.append()
      total += appended + adopted
      if (!held) wait?.over()
      if (held && wait) await wait.pause()
      else if (!more) return total
    }
  }

  /**
   * Runs in one process at a time, in a transaction in which the tip can be moved.
   * @returns `otherwise` if another process does so now
   * @throws BrokenChain
   */
  async exclusively<T>(key: OpenAuditKey, otherwise: T, work: (tip: StoredTip) => Promise<T>): Promise<T> {
    let moved: StoredTip | null = null
    const result = await this.#app.atomically.alone(CHAIN_LOCK, otherwise, async () => {
      const { tip, last } = await readTip(this.#app.em, key)
      if (last > tip.seq) throw new BrokenChain(`there are links after the last one that Gatehouse wrote, ${tip.seq}`)
      moved = tip
      return work(tip)
    })
    if (moved) this.#app.auditKey.saw(moved)
    return result
  }

  /** The same, but it waits for its turn. @throws BrokenChain, ChainInUse */
  async inTurn<T>(key: OpenAuditKey, wait: ChainWait, work: (tip: StoredTip) => Promise<T>): Promise<T> {
    for (;;) {
      const done = await this.exclusively<{ result: T } | null>(key, null, async tip => ({ result: await work(tip) }))
      if (done) {
        wait.over()
        return done.result
      }
      await wait.pause()
    }
  }

  /** Appends links and moves the tip, in the transaction of `exclusively`. @returns how many */
  async link(key: OpenAuditKey, tip: StoredTip, events: readonly NewLink[]): Promise<number> {
    const links = events.map(({ event, mac, proof }) => {
      const { id, kind, at } = event
      const seq = tip.seq + 1
      const link = linkMac(key, tip.link, { seq, eventId: id, kind, at, eventMac: mac, proof })
      Object.assign(tip, { seq, link })
      return { seq, id, mac, proof, link }
    })
    if (links.length === 0) return 0
    await this.#app.em.execute(INSERT, [JSON.stringify(links)])
    await writeTip(this.#app.em, key, tip)
    return links.length
  }

  /** Events of earlier releases, up to the last one that existed when the key was made. */
  async #adopt(key: OpenAuditKey, tip: StoredTip): Promise<Pick<Batch, 'adopted' | 'more'>> {
    if (!adopting(key, tip)) return { adopted: 0, more: false }
    const { adoptedTo } = tip
    const found = await this.#app.em.execute<Unlinked[]>(EARLIER, [adoptedTo, adoptedTo, key.bound])
    const earlier = found.filter(event => event.mac === null && !event.linked && !event.pending)
    const more = found.length === BATCH
    tip.adoptedTo = more ? found.at(-1)!.id : key.bound
    tip.adopted += earlier.length
    const links = earlier.map(event => ({ event, mac: eventMac(key.mac, 'adopted', event), proof: 'adopted' as const }))
    const adopted = await this.link(key, tip, links)
    if (adopted === 0) await writeTip(this.#app.em, key, tip)
    return { adopted, more }
  }

  #judged(key: OpenAuditKey, pending: readonly Unlinked[]): NewLink[] {
    const { log } = this.#app
    return pending.flatMap(event => {
      const { id, mac, linked } = event
      if (linked) log.error({ event: id }, 'an audit event was marked as new again; see gatehouse audit verify')
      if (linked) return []
      const proof = provenAs(key.mac, event) ? 'mac' : 'wrong'
      if (proof === 'wrong')
        log.error({ event: id }, 'an audit event is not one of Gatehouse; see gatehouse audit verify')
      return [{ event, mac, proof }]
    })
  }

  /** Outside of a transaction, because mostly nothing waits. */
  async #waiting(key: OpenAuditKey): Promise<boolean> {
    const { em, database } = this.#app
    // While another process builds it, that takes a while: the events wait.
    if (!(await ensureIndex(database, 'audit_event_pending', 'audit_event (id) where pending'))) return false
    const { tip } = await readTip(em, key)
    // Also what another process has linked.
    this.#app.auditKey.saw(tip)
    const pending = 'select exists(select from audit_event where pending) as pending'
    const [row] = await em.execute<{ pending: boolean }[]>(pending)
    return row?.pending === true || adopting(key, tip)
  }
}

/** Whether events of earlier releases are left to adopt. */
function adopting({ bound }: OpenAuditKey, { adoptedTo }: Pick<StoredTip, 'adoptedTo'>): boolean {
  return bound !== null && (adoptedTo === null || adoptedTo < bound)
}
