import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { authorizationsOf } from '../../sessions/session-metadata.ts'

/**
 * Ends all sessions and tokens of an account and sends back-channel logout to its applications. The account stores the
 * time, so that sessions and tokens in a restored copy of Redis stay invalid.
 */
export class SignOutEverywhere {
  readonly #app

  constructor(app: Needs<'atomically' | 'artifacts' | 'sessions' | 'backchannelLogout' | 'audit' | 'clock'>) {
    this.#app = app
  }

  /**
   * Call this within the transaction that requires the sign-out. Once it commits, earlier sign-ins are invalid, even if
   * the session store is unavailable and `of` fails.
   */
  begin(account: Account): void {
    account.signOutEverywhere(this.#app.clock.now())
  }

  /** @param options.exceptSession the `uid` of the session that stays, with its grants */
  async of(account: Account, { by, exceptSession }: { by: Actor; exceptSession?: string | undefined }): Promise<void> {
    if (exceptSession) return this.#others(account, exceptSession, { by })
    const notifications = await this.#app.backchannelLogout.ofAccount(account.id)
    await this.#app.atomically(async () => {
      this.begin(account)
      this.#app.audit.record('sessions.revoked', { by, subject: account.id })
      await this.#app.backchannelLogout.send(notifications)
    })
    await this.#app.artifacts.dropAccount(account.id)
  }

  /** Also ends the grants of long-lived tokens. */
  async #others(account: Account, exceptUid: string, { by }: { by: Actor }): Promise<void> {
    await this.#app.sessions.revokeOthers(account.id, exceptUid, { by })
    const kept = Object.values(authorizationsOf((await this.#app.artifacts.byUid('Session', exceptUid)) ?? {}))
    const [keptGrants, keptSids] = [new Set(kept.map(({ grantId }) => grantId)), new Set(kept.map(({ sid }) => sid))]
    const grants = await this.#app.artifacts.byAccount('Grant', account.id)
    const ended = grants.filter(({ payload }) => !keptGrants.has(payload.jti))
    const notifications = await this.#app.backchannelLogout.ofGrants(ended)
    await this.#app.backchannelLogout.send(notifications.filter(({ sid }) => sid !== null && !keptSids.has(sid)))
    await Promise.all(ended.map(({ payload }) => this.#app.artifacts.dropGrant(String(payload.jti))))
  }
}
