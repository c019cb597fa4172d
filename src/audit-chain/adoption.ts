import { BrokenChain } from '../audit/broken-chain.ts'
import { eventMac, STORED_EVENT } from '../audit/event-mac.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { BATCH, type Unlinked } from './audit-chain.ts'
import { ChainWait, type Waiting } from './chain-wait.ts'

const UNPROVEN =
  'e.mac is null and e.pending is not true and not exists(select from audit_link l where l.event_id = e.id)'
const COUNT = `select count(*)::text as count from audit_event e where ${UNPROVEN}`
const NEXT = `
  select ${STORED_EVENT}, false as linked from audit_event e where (?::uuid is null or e.id > ?::uuid) and ${UNPROVEN}
  order by e.id limit ${BATCH} for no key update`

/**
 * Takes events without a MAC into the chain that the chain does not take by itself: those that a process of an earlier
 * release wrote after an upgrade, or a rollback. An operator decides this, because anyone who can write SQL can insert such an event.
 */
export class AuditAdoption {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'log' | 'auditKey' | 'auditChain' | 'audit'>) {
    this.#app = app
  }

  /** How many events wait for it, once the chain has adopted those from before it began. @throws BrokenChain, ChainInUse */
  async waiting(waiting?: Waiting): Promise<number> {
    await this.#app.auditChain.appendAll(new ChainWait(this.#app, waiting))
    const [row] = await this.#app.em.execute<{ count: string }[]>(COUNT)
    return Number(row?.count ?? 0)
  }

  /** Recorded before it begins. @returns how many events it adopted @throws BrokenChain, ChainInUse */
  async adopt({ by, waiting }: { by: Actor; waiting?: Waiting }): Promise<number> {
    const count = await this.waiting(waiting)
    if (count === 0) return 0
    await this.#app.audit.write('audit.adopted', { by, changes: { count: { from: null, to: count } } })
    const wait = new ChainWait(this.#app, waiting)
    let [adopted, last]: [number, string | null] = [0, null]
    for (;;) {
      const page = await this.#next(last, wait)
      adopted += page.length
      if (page.length < BATCH) return adopted
      last = page.at(-1)!.id
    }
  }

  async #next(last: string | null, wait: ChainWait): Promise<Unlinked[]> {
    const key = this.#app.auditKey.opened
    if (!key) throw new BrokenChain('the audit key is missing')
    return this.#app.auditChain.inTurn(key, wait, async tip => {
      const found = await this.#app.em.execute<Unlinked[]>(NEXT, [last, last])
      tip.adopted += found.length
      const links = found.map(event => ({
        event,
        mac: eventMac(key.mac, 'adopted', event),
        proof: 'adopted' as const,
      }))
      await this.#app.auditChain.link(key, tip, links)
      return found
    })
  }
}
