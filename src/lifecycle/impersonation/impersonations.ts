import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import { newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden, InvalidInput, SignedOut } from '../../base/refusals.ts'
import { digest, newSecret } from '../../base/secrets.ts'
import { requireToImpersonate } from './conditions.ts'
import { Impersonation } from './impersonation.ts'

const LINK_MS = 5 * 60 * 1000
const KEPT_MS = 30 * 24 * 60 * 60 * 1000

export const DEFAULT_MINUTES = 15
const LONGEST_MINUTES = 60
const REASON = { shortest: 10, longest: 500 }

/** Of two requests at once exactly one starts it. */
const START = `
  update impersonation set started_at = ?, ends_at = ?, session_uid = ?, administrator_session_uid = ?
  where id = ? and started_at is null and link_expires_at > ? returning 1 as started`

/** As long as an event tells of it, the reason can be read. */
const PRUNE = `
  delete from impersonation where link_expires_at < ? and (started_at is null or ended_at is not null) and not exists(
    select from audit_event e where e.subject = account_id and e.target = impersonation.id::text)`

interface Wanted {
  administrator: Account
  reason: string
  minutes?: number | undefined
}

/** The sessions in which it takes place, by their `uid`, and when that of the administrator expires. */
interface Sessions {
  uid: string
  administratorUid: string
  administratorUntil: Date
}

/**
 * Sessions that administrators open as someone else, for support: for a stated reason, for minutes, by a link that only
 * they can use. The person gets an email when one starts. What such a session may do is decided in `oidc/impersonation`.
 */
export class Impersonations {
  readonly #app

  constructor(
    app: Needs<'atomically' | 'em' | 'accounts' | 'assignments' | 'verification' | 'audit' | 'emails' | 'clock'>,
  ) {
    this.#app = app
  }

  /** @returns the token of its link @throws Forbidden, InvalidInput */
  async open(account: Account, { administrator, reason, minutes = DEFAULT_MINUTES }: Wanted, { by }: { by: Actor }) {
    const stated = stateReason(reason)
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > LONGEST_MINUTES)
      throw new InvalidInput({ minutes: `must be a whole number from 1 to ${LONGEST_MINUTES}` })
    const token = newSecret()
    const now = this.#app.clock.now()
    const linkExpiresAt = new Date(now.getTime() + LINK_MS)
    await this.#app.atomically.on(account, { by }, async () => {
      await requireToImpersonate(this.#app, administrator, account)
      const id = newId(now)
      this.#app.em.create(Impersonation, {
        ...{ id, account, administratorId: administrator.id, reason: stated, minutes },
        ...{ digest: digest(token), openedAt: now, linkExpiresAt },
      })
      const changes = { administrator: { from: null, to: administrator.id }, minutes: { from: null, to: minutes } }
      this.#app.audit.record('impersonation.opened', { by, subject: account.id, target: id, changes })
    })
    return { token, expiresAt: linkExpiresAt }
  }

  /** What this administrator can start by the link; null if it was used, has expired, or is another administrator's. */
  async look(token: string, administratorId: string): Promise<Impersonation | null> {
    const unused = { startedAt: null, linkExpiresAt: { $gt: this.#app.clock.now() } }
    const which = { digest: digest(token), administratorId, ...unused }
    return this.#app.em.findOne(Impersonation, which, { populate: ['account'], refresh: true })
  }

  /**
   * Uses the link, and tells the person. Everything is checked again.
   * @param by the administrator
   * @returns until when the session as the person may last
   * @throws Forbidden `link_invalid` if it was used meanwhile; Forbidden, SignedOut
   */
  async start(impersonation: Impersonation, sessions: Sessions, { by }: { by: Actor }): Promise<Date> {
    const { account, minutes, reason, administratorId } = impersonation
    const now = this.#app.clock.now()
    const until = new Date(Math.min(now.getTime() + minutes * 60_000, sessions.administratorUntil.getTime()))
    await this.#app.atomically.on(account, { by }, async () => {
      const administrator = await this.#app.accounts.find(administratorId)
      await this.#app.em.refresh(administrator)
      if (administrator.signedOutAfter(by.signedInAt ?? null)) throw new SignedOut()
      await requireToImpersonate(this.#app, administrator, account)
      const times = [now.toISOString(), until.toISOString()]
      const uids = [sessions.uid, sessions.administratorUid]
      const started = await this.#app.em.execute(START, [...times, ...uids, impersonation.id, now.toISOString()])
      if (started.length !== 1) throw new Forbidden('this link has already been used or has expired', 'link_invalid')
      this.#app.audit.record('impersonation.started', { by, subject: account.id, target: impersonation.id })
      const facts = { administrator: administrator.name || administrator.email, stated: reason, lasts: until }
      await this.#app.emails.send('impersonated', account, { ...facts, by: { ...by, ip: null, userAgent: null } })
    })
    return until
  }

  /** Those of a person, for their history. */
  async of(accountId: string): Promise<{ id: string; reason: string; administrator: string | null }[]> {
    const all = await this.#app.em.find(Impersonation, { account: accountId })
    const ids = [...new Set(all.map(({ administratorId }) => administratorId))]
    const known = await Promise.all(ids.map(id => this.#app.accounts.findById(id)))
    const names = new Map(known.flatMap(each => (each ? [[each.id, each.name || each.email]] : [])))
    return all.map(({ id, reason, administratorId }) => ({
      ...{ id, reason },
      administrator: names.get(administratorId) ?? null,
    }))
  }

  /** All of a person, newest first, for operators. */
  list(account: Account): Promise<Impersonation[]> {
    return this.#app.em.find(Impersonation, { account }, { orderBy: { id: 'desc' } })
  }

  /** Deletes those that are over, and of which no audit event is left. @returns how many */
  async prune(): Promise<number> {
    const before = new Date(this.#app.clock.now().getTime() - KEPT_MS)
    const deleted = await this.#app.em.execute<unknown[]>(`${PRUNE} returning 1`, [before.toISOString()])
    return deleted.length
  }
}

/** On one line. @throws InvalidInput */
function stateReason(reason: string): string {
  const stated = reason
    .toWellFormed()
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim()
  if (stated.length < REASON.shortest || stated.length > REASON.longest)
    throw new InvalidInput({ reason: `must have ${REASON.shortest} to ${REASON.longest} characters` })
  return stated
}
