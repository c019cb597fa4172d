import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { authorizationsOf } from '../../sessions/authorizations.ts'

/**
 * Ends every session and every token of a person, and tells their applications. The account remembers since when, so
 * that a restored copy of Redis brings nothing back to life.
 */
export class SignOutEverywhere {
  readonly #app

  constructor(app: Needs<'atomically' | 'artifacts' | 'sessions' | 'backchannelLogout' | 'audit' | 'clock'>) {
    this.#app = app
  }

  /**
   * Within the transaction that makes it due: from its commit on nothing counts that was signed in before, also where the
   * store of sessions is away and `of` fails.
   */
  begin(account: Account): void {
    account.signOutEverywhere(this.#app.clock.now())
  }

  async of(account: Account, { by }: { by: Actor }): Promise<void> {
    const notifications = await this.#app.backchannelLogout.ofAccount(account.id)
    await this.#app.atomically(async () => {
      account.signOutEverywhere(this.#app.clock.now())
      this.#app.audit.record('sessions.revoked', { by, subject: account.id })
      await this.#app.backchannelLogout.send(notifications)
    })
    await this.#app.artifacts.dropAccount(account.id)
  }

  /** All but the session with this `uid` and what its applications hold; long-lived tokens of ended sessions too. */
  async others(account: Account, exceptUid: string, { by }: { by: Actor }): Promise<void> {
    await this.#app.sessions.endOthers(account.id, exceptUid, { by })
    const kept = Object.values(authorizationsOf((await this.#app.artifacts.byUid('Session', exceptUid)) ?? {}))
    const [keptGrants, keptSids] = [new Set(kept.map(({ grantId }) => grantId)), new Set(kept.map(({ sid }) => sid))]
    const grants = await this.#app.artifacts.byAccount('Grant', account.id)
    const ended = grants.filter(({ payload }) => !keptGrants.has(payload.jti))
    const notifications = await this.#app.backchannelLogout.ofGrants(ended)
    await this.#app.backchannelLogout.send(notifications.filter(({ sid }) => sid !== null && !keptSids.has(sid)))
    await Promise.all(ended.map(({ payload }) => this.#app.artifacts.dropGrant(String(payload.jti))))
  }
}
