import type { Reason } from '../../audit/details.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden, orNull } from '../../base/refusals.ts'
import { keyOf } from '../../storage/artifacts/artifact.ts'
import { requireToImpersonate } from './conditions.ts'
import { Impersonation } from './impersonation.ts'

const END = `
  update impersonation set ended_at = ? where id = ? and started_at is not null and ended_at is null returning 1 as ended`

/** Why it ended: the button, the time, the session as the person was ended, or the administrator may no longer do it. */
type Why = Reason<'impersonation.ended'>

/**
 * The end of impersonations. The session itself is refused at once when its time is over or its administrator may no longer
 * use it (oidc/impersonation/lasting.ts); here the end is recorded, and applications are notified.
 */
export class ImpersonationEnds {
  readonly #app

  constructor(
    app: Needs<
      'atomically' | 'em' | 'accounts' | 'assignments' | 'verification' | 'audit' | 'clock' | 'revocations' | 'sessions'
    >,
  ) {
    this.#app = app
  }

  /** Ends it, unless it has ended, with the session as the person and all tokens from it. */
  async end(impersonation: Impersonation, why: Why, { by }: { by: Actor }): Promise<void> {
    const { id, account, sessionUid } = impersonation
    await this.#app.atomically(async () => {
      const ended = await this.#app.em.execute(END, [this.#app.clock.now().toISOString(), id])
      if (ended.length === 0) return
      this.#app.audit.record('impersonation.ended', { by, subject: account.id, target: id, reason: why })
    })
    // Also if it was recorded before: the first attempt may have failed here.
    if (sessionUid) await this.#app.sessions.drop(account.id, sessionUid)
  }

  /** One that was started; null if there is none. */
  find(id: string): Promise<Impersonation | null> {
    const which = { id, startedAt: { $ne: null } }
    return this.#app.em.findOne(Impersonation, which, { populate: ['account'], refresh: true })
  }

  /** Records the end of those that are over. @returns how many */
  async settleAll(): Promise<number> {
    const open = { startedAt: { $ne: null }, endedAt: null }
    const all = await this.#app.em.find(Impersonation, open, { populate: ['account'], refresh: true })
    let over = 0
    for (const each of all) if (await this.settle(each)) over++
    return over
  }

  /** Records its end if it is over. @returns whether it is */
  async settle(impersonation: Impersonation): Promise<boolean> {
    const why = await this.#over(impersonation)
    const by: Actor = { kind: 'account', id: impersonation.administratorId, ip: null, userAgent: null }
    if (why) await this.end(impersonation, why, { by })
    return why !== null
  }

  async #over(impersonation: Impersonation): Promise<Why | null> {
    const { accounts, clock, revocations } = this.#app
    const { account, administratorId, endsAt, startedAt, sessionUid, administratorSessionUid } = impersonation
    if (!endsAt || !startedAt || endsAt <= clock.now()) return 'time'
    const revoked = async (id: string, uid: string | null | undefined) =>
      (await revocations.of(id)).has(keyOf(uid ?? ''))
    if (!account.active || isAfter(account.signedOutAt, startedAt) || (await revoked(account.id, sessionUid)))
      return 'revoked'
    const administrator = await accounts.findById(administratorId)
    if (!administrator || isAfter(administrator.signedOutAt, startedAt)) return 'administrator'
    if (await revoked(administratorId, administratorSessionUid)) return 'administrator'
    const may = requireToImpersonate(this.#app, administrator, account).then(() => true)
    return (await orNull(Forbidden, may)) ? null : 'administrator'
  }
}

function isAfter(moment: Date | null | undefined, other: Date): boolean {
  return moment != null && moment > other
}
