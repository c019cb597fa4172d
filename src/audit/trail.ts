import type { Actor } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { type Details, entryOf, type Group, type Kind, kindsIn, kindsNamed } from './catalogue.ts'
import { oneLine } from './device.ts'
import { AuditEvent } from './event.ts'

type Happening<K extends Kind> = Details<K> & { by: Actor }

/** Which part of what happened. */
export interface Page {
  /** The id of the last one seen; what is older follows. */
  before?: string | undefined
  /** How many at most; 50 if nothing is said, never more than 1000. */
  limit?: number | undefined
  /** Only these: whole kinds, or beginnings with their dot (`sign-in.`). */
  kinds?: readonly string[] | undefined
  group?: Group | undefined
  success?: boolean | undefined
}

const USUAL = 50
const MOST = 1000

/**
 * Who did what, when, from where. Each change is recorded in the unit of work that makes it, so that neither exists
 * without the other; the trail is also each person's own history.
 */
export class Trail {
  readonly #app

  constructor(app: Needs<'em' | 'clock'>) {
    this.#app = app
  }

  /** Stages an event; the flush of the change it tells of writes it. */
  record<K extends Kind>(kind: K, { by, subject = null, target = null, reason = null }: Happening<K>): void {
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

  /** Where there is no other change to write it with: a sign-in, a refusal. */
  async write<K extends Kind>(kind: K, happening: Happening<K>): Promise<void> {
    this.record(kind, happening)
    await this.#app.em.flush()
  }

  /** What happened to an account, newest first; null: to all, and to no account. @throws InvalidInput where `before` is no id */
  async of(
    accountId: string | null,
    { before, limit = USUAL, kinds, group, success }: Page = {},
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
    return this.#app.em.find(AuditEvent, where, { orderBy: { id: 'desc' }, limit: Math.min(Math.max(1, limit), MOST) })
  }
}
