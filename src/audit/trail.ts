import type { Actor } from '../base/actor.ts'
import { isId, newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import { InvalidInput } from '../base/refusals.ts'
import { oneLine } from './device.ts'
import { AuditEvent } from './event.ts'

interface Happening {
  by: Actor
  subject?: string | null
  target?: string | null
  success?: boolean
  reason?: string | null
}

/** Which part of what happened. */
export interface Page {
  /** The id of the last one seen; what is older follows. */
  before?: string | undefined
  /** How many at most; 50 if nothing is said, never more than 1000. */
  limit?: number | undefined
  /** Only these: whole kinds, or beginnings with their dot (`sign-in.`). */
  kinds?: readonly string[] | undefined
  success?: boolean | undefined
}

/** A kind, or the beginning of some; holds no sign that LIKE would read. */
const KIND = /^[a-z-]+\.[a-z-]*$/
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
  record(kind: string, { by, subject = null, target = null, success = true, reason = null }: Happening): void {
    const event = new AuditEvent()
    event.id = newId(this.#app.clock.now())
    event.at = this.#app.clock.now()
    event.kind = kind
    event.success = success
    event.reason = reason
    event.actorKind = by.kind
    event.actorId = by.id
    event.subject = subject
    event.target = target === null ? null : oneLine(target)
    event.ip = by.ip
    event.userAgent = by.userAgent ? oneLine(by.userAgent) : null
    this.#app.em.persist(event)
  }

  /** The same for each account that loses something by one change. */
  recordEach(kind: string, subjects: readonly string[], happening: Omit<Happening, 'subject'>): void {
    for (const subject of subjects) this.record(kind, { ...happening, subject })
  }

  /** Where there is no other change to write it with: a sign-in, a refusal. */
  async write(kind: string, happening: Happening): Promise<void> {
    this.record(kind, happening)
    await this.#app.em.flush()
  }

  /** What happened to an account, newest first. @throws InvalidInput where `before` is no id */
  async of(accountId: string, { before, limit = USUAL, kinds, success }: Page = {}): Promise<AuditEvent[]> {
    if (before !== undefined && !isId(before)) throw new InvalidInput({ before: 'invalid' })
    const wanted = kinds?.filter(kind => KIND.test(kind))
    if (wanted?.length === 0) return []
    const where = {
      subject: accountId,
      ...(before !== undefined && { id: { $lt: before } }),
      ...(success !== undefined && { success }),
      ...(wanted && { $or: wanted.map(matching) }),
    }
    return this.#app.em.find(AuditEvent, where, { orderBy: { id: 'desc' }, limit: Math.min(Math.max(1, limit), MOST) })
  }
}

function matching(kind: string) {
  return { kind: kind.endsWith('.') ? { $like: `${kind}%` } : kind }
}
