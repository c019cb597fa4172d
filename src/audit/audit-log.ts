import type { Actor } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { oneLine } from '../base/text/user-agent.ts'
import { type Details, entryOf, type Group, type Kind, kindsIn, kindsNamed } from './catalogue.ts'
import { AuditEvent } from './event.ts'

type NewEvent<K extends Kind> = Details<K> & { by: Actor }

/** Selects a part of the audit log. */
export interface Page {
  /** The ID of the last event seen; older ones follow. */
  before?: string | undefined
  /** The maximum number of events; 50 by default, 1000 at most. */
  limit?: number | undefined
  /** Only these kinds, or prefixes that end in a dot (`sign-in.`). */
  kinds?: readonly string[] | undefined
  group?: Group | undefined
  success?: boolean | undefined
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

/**
 * The audit log: who did what, when and from where. Each event is written in the unit of work of its change, so that
 * neither exists without the other. It is also the source of each person's history.
 */
export class AuditLog {
  readonly #app

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /** Adds an event to the unit of work; the flush of the change writes it. */
  record<K extends Kind>(kind: K, { by, subject = null, target = null, reason = null }: NewEvent<K>): void {
    const event = new AuditEvent()
    event.id = newId(this.#app.clock.now())
    event.at = this.#app.clock.now()
    event.kind = kind
    event.success = !entryOf(kind)?.failure
    event.reason = reason
    event.actorKind = by.kind
    event.actorId = by.id
    event.subject = subject
    event.target = target === null ? null : oneLine(target)
    event.ip = by.ip
    event.userAgent = by.userAgent ? oneLine(by.userAgent) : null
    this.#app.em.persist(event)
  }

  /** Writes an event that accompanies no other change, such as a sign-in or a refusal. */
  async write<K extends Kind>(kind: K, event: NewEvent<K>): Promise<void> {
    this.record(kind, event)
    await this.#app.em.flush()
  }

  /**
   * The events of an account, newest first; null: the events of all accounts, and those without one.
   * @throws InvalidInput if `before` is not an ID
   */
  async of(
    accountId: string | null,
    { before, limit = DEFAULT_LIMIT, kinds, group, success }: Page = {},
  ): Promise<AuditEvent[]> {
    if (before !== undefined && !isId(before)) throw new InvalidInput({ before: 'invalid' })
    const where = {
      ...(accountId !== null && { subject: accountId }),
      ...(before !== undefined && { id: { $lt: before } }),
      ...(success !== undefined && { success }),
      $and: [kinds && kindsNamed(kinds), group && kindsIn(group)].flatMap(wanted =>
        wanted ? [{ kind: { $in: wanted } }] : [],
      ),
    }
    return this.#app.em.find(AuditEvent, where, {
      orderBy: { id: 'desc' },
      limit: Math.min(Math.max(1, limit), MAX_LIMIT),
    })
  }
}
