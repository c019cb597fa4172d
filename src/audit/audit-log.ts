import type { FilterQuery } from '@mikro-orm/core'
import type { Actor } from '../base/actor.ts'
import { firstId, isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { oneLine } from '../base/text/user-agent.ts'
import { entryOf, type Group, type Kind, kindsIn, kindsNamed } from './catalogue.ts'
import type { Details } from './details.ts'
import type { Changes } from './difference.ts'
import { AuditEvent, insertEvents } from './event.ts'
import { newEventMac } from './event-mac.ts'

type NewEvent<K extends Kind> = Details<K> & {
  by: Actor
  /** What an update changed, from `difference`. */
  changes?: Changes | null
}

/** Selects events. */
export interface Filter {
  /** Only these kinds, or prefixes that end in a dot (`sign-in.`). */
  kinds?: readonly string[] | undefined
  group?: Group | undefined
  success?: boolean | undefined
  /** `operator`, `account:ID`, or the ID alone. */
  actor?: string | undefined
  /** The account that the events are about. */
  subject?: string | undefined
  target?: string | undefined
  request?: string | undefined
  since?: Date | undefined
  /** Not included. */
  until?: Date | undefined
}

/** Selects a part of the audit log. */
export interface Page extends Filter {
  /** The ID of the last event seen; older ones follow. */
  before?: string | undefined
  /** The maximum number of events; 50 by default, 1000 at most. */
  limit?: number | undefined
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

/**
 * The audit log: who did what, when and from where. Each event is written in the unit of work of its change, so that
 * neither exists without the other. It is also the source of each person's history.
 */
export class AuditLog {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'auditKey'>) {
    this.#app = app
  }

  /** Adds an event to the unit of work; the flush of the change writes it. @returns its ID */
  record<K extends Kind>(kind: K, event: NewEvent<K>): string {
    const made = this.#event(kind, event)
    this.#app.em.persist(made)
    return made.id
  }

  /** Writes an event that accompanies no other change, such as a sign-in or a refusal. */
  async write<K extends Kind>(kind: K, event: NewEvent<K>): Promise<void> {
    this.record(kind, event)
    await this.#app.em.flush()
  }

  /**
   * Writes that these accounts were erased, with one statement, however many there are, also none. No flush is made, so
   * the caller passes the events on to webhooks.
   */
  async writeErased(
    subjects: readonly string[],
    details: Omit<NewEvent<'account.erased'>, 'subject'>,
  ): Promise<AuditEvent[]> {
    const events = subjects.map(subject => this.#event('account.erased', { ...details, subject }))
    await insertEvents(this.#app.em, events)
    return events
  }

  /**
   * The events of an account, newest first; null: the events of all accounts, and those without one.
   * @throws InvalidInput if `before` is not an ID
   */
  async of(accountId: string | null, { before, limit = DEFAULT_LIMIT, ...filter }: Page = {}): Promise<AuditEvent[]> {
    if (before !== undefined && !isId(before)) throw new InvalidInput({ before: 'invalid' })
    const where = {
      $and: [
        ...conditions(filter),
        ...(accountId === null ? [] : [{ subject: accountId }]),
        ...(before === undefined ? [] : [{ id: { $lt: before } }]),
      ],
    }
    return this.#app.em.find(AuditEvent, where, {
      orderBy: { id: 'desc' },
      limit: Math.min(Math.max(1, limit), MAX_LIMIT),
    })
  }

  /** All events of a filter, oldest first, in pages, so that any number of them needs little memory. */
  async *pages(filter: Filter = {}, after?: string): AsyncGenerator<AuditEvent[]> {
    let last = after
    for (;;) {
      const where = { $and: [...conditions(filter), ...(last === undefined ? [] : [{ id: { $gt: last } }])] }
      const page = await this.#app.em.fork().find(AuditEvent, where, { orderBy: { id: 'asc' }, limit: MAX_LIMIT })
      if (page.length > 0) yield page
      if (page.length < MAX_LIMIT) return
      last = page.at(-1)!.id
    }
  }

  #event<K extends Kind>(
    kind: K,
    { by, subject = null, target = null, reason = null, changes = null }: NewEvent<K>,
  ): AuditEvent {
    const event = new AuditEvent()
    // One time for both, since a search by time looks at both.
    event.at = this.#app.clock.now()
    event.id = newId(event.at)
    event.kind = kind
    event.success = !entryOf(kind)?.failure
    event.reason = reason
    event.actorKind = by.kind
    event.actorId = by.id
    event.subject = subject
    event.target = target === null ? null : oneLine(target)
    event.ip = by.ip
    event.userAgent = by.userAgent ? oneLine(by.userAgent) : null
    event.requestId = by.requestId ?? null
    if (changes) event.changes = changes
    const { opened: key, anchor } = this.#app.auditKey
    if (key && anchor) Object.assign(event, { anchorSeq: anchor.seq, anchorLink: Buffer.from(anchor.link, 'hex') })
    event.mac = key && newEventMac(key.mac, event)
    // Without the key nothing can prove it: it waits for `gatehouse audit adopt`.
    event.pending = key ? true : null
    return event
  }
}

/** @throws InvalidInput if `subject` is not an ID */
function conditions(filter: Filter): FilterQuery<AuditEvent>[] {
  const { kinds, group, success, actor, subject, target, request, since, until } = filter
  if (subject !== undefined && !isId(subject)) throw new InvalidInput({ subject: 'is not the ID of an account' })
  const wanted = [kinds && kindsNamed(kinds), group && kindsIn(group)]
  return [
    ...wanted.flatMap(each => (each ? [{ kind: { $in: each as string[] } }] : [])),
    ...(success === undefined ? [] : [{ success }]),
    ...(actor === undefined ? [] : [actorCondition(actor)]),
    ...(subject === undefined ? [] : [{ subject }]),
    ...(target === undefined ? [] : [{ target }]),
    ...(request === undefined ? [] : [{ requestId: request }]),
    ...(since === undefined ? [] : [{ id: { $gte: firstId(since) }, at: { $gte: since } }]),
    ...(until === undefined ? [] : [{ at: { $lt: until } }]),
  ]
}

function actorCondition(actor: string): FilterQuery<AuditEvent> {
  const [, kind, id] = /^(operator|account|client|visitor|system)(?::(.+))?$/s.exec(actor) ?? []
  if (!kind) return { actorId: actor }
  return { actorKind: kind as Actor['kind'], ...(id && { actorId: id }) }
}
