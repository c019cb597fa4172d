import { entryOf } from '../audit/catalogue.ts'
import { eventMac, provenAs, STORED_EVENT, type StoredEvent, sameMac } from '../audit/event-mac.ts'
import type { Needs } from '../base/nouns.ts'

/** With arrays, both indexes are used. With `in (select …)` on both sides of the `or`, all events would be read. */
const OF_ACCOUNTS = `
  (e.actor_kind = 'account' and e.actor_id = any(array(select jsonb_array_elements_text(?::jsonb))))
  or e.subject = any(array(select jsonb_array_elements_text(?::jsonb)::uuid))`

/** First only locks: what the chain has linked is seen by the next statement. */
const LOCK = `select e.id::text as id from audit_event e where ${OF_ACCOUNTS} order by e.id for update`
const READ = `
  select ${STORED_EVENT}, l.proof, encode(l.event_mac, 'hex') as "linkedMac"
  from audit_event e left join audit_link l on l.event_id = e.id
  where e.id = any(array(select jsonb_array_elements_text(?::jsonb)::uuid))`
const WRITE = `
  update audit_event e set ip = n.ip, user_agent = n."userAgent", target = n.target, request_id = n."requestId",
    mac = coalesce(decode(n.mac, 'hex'), e.mac)
  from jsonb_to_recordset(?::jsonb) as n(id uuid, ip text, "userAgent" text, target text, "requestId" text, mac text)
  where e.id = n.id`

type Linked = StoredEvent & { proof: string | null; linkedMac: string | null }

/**
 * Removes personal data from the events of erased accounts. They get a MAC that says so, and that only Gatehouse can make; the link
 * of the chain keeps the one before. An event that was altered before is not proven by this.
 */
export class ErasedEvents {
  readonly #app

  constructor(app: Needs<'em' | 'auditKey'>) {
    this.#app = app
  }

  /**
   * Removes IP address, user agent and request from events by these accounts, and from events about them by visitors; names of
   * passkeys from all events about them. Always runs the same statements, however many events there are.
   */
  async anonymize(accounts: readonly string[]): Promise<void> {
    const { em } = this.#app
    const erased = JSON.stringify(accounts)
    const ids = (await em.execute<{ id: string }[]>(LOCK, [erased, erased])).map(({ id }) => id)
    const events = await em.execute<Linked[]>(READ, [JSON.stringify(ids)])
    await em.execute(WRITE, [JSON.stringify(events.map(event => this.#anonymized(event, new Set(accounts))))])
  }

  #anonymized(event: Linked, accounts: ReadonlySet<string>) {
    const { id, kind, actorKind, actorId, subject } = event
    const about = subject !== null && accounts.has(subject)
    const byAccount = actorKind === 'account' && actorId !== null && accounts.has(actorId)
    const own = byAccount || (about && (actorKind === 'visitor' || actorId === null || actorId === subject))
    const named = about && entryOf(kind)?.target?.startsWith('passkey')
    const { ip, userAgent, requestId, target } = event
    const left = {
      ...(own ? { ip: null, userAgent: null, requestId: null } : { ip, userAgent, requestId }),
      target: named ? null : target,
    }
    const key = this.#app.auditKey.opened
    const mac = key && this.#proven(key.mac, event) ? eventMac(key.mac, 'erased', { ...event, ...left }) : null
    return { id, ...left, mac }
  }

  #proven(key: Buffer, event: Linked): boolean {
    if (provenAs(key, event)) return true
    const { mac, proof, linkedMac } = event
    return (
      mac === null && proof === 'adopted' && linkedMac !== null && sameMac(eventMac(key, 'adopted', event), linkedMac)
    )
  }
}
