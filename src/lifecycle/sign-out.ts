import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { authorizationsOf } from '../sessions/authorizations.ts'
import type { Farewells } from '../sessions/farewells.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Artifacts } from '../storage/artifacts.ts'

/**
 * Ends every session and every token of a person, and tells their applications. The account remembers since when, so
 * that a restored copy of Redis brings nothing back to life.
 */
export class SignOutEverywhere {
  readonly #em: EntityManager
  readonly #artifacts: Artifacts
  readonly #sessions: Sessions
  readonly #farewells: Farewells
  readonly #trail: Trail
  readonly #clock: Clock

  constructor({
    em,
    artifacts,
    sessions,
    farewells,
    trail,
    clock,
  }: {
    em: EntityManager
    artifacts: Artifacts
    sessions: Sessions
    farewells: Farewells
    trail: Trail
    clock: Clock
  }) {
    this.#em = em
    this.#artifacts = artifacts
    this.#sessions = sessions
    this.#farewells = farewells
    this.#trail = trail
    this.#clock = clock
  }

  /**
   * Within the transaction that makes it due: from its commit on nothing counts that was signed in before, also where the
   * store of sessions is away and `of` fails.
   */
  begin(account: Account): void {
    account.signOutEverywhere(this.#clock.now())
  }

  async of(account: Account, { by }: { by: Actor }): Promise<void> {
    const farewells = await this.#farewells.everywhere(account.id)
    await this.#em.transactional(async () => {
      account.signOutEverywhere(this.#clock.now())
      this.#trail.record('sessions.ended', { by, subject: account.id })
      await this.#farewells.say(farewells)
    })
    await this.#artifacts.dropAccount(account.id)
  }

  /** All but the session with this `uid` and what its applications hold; long-lived tokens of ended sessions too. */
  async others(account: Account, exceptUid: string, { by }: { by: Actor }): Promise<void> {
    await this.#sessions.endOthers(account.id, exceptUid, { by })
    const kept = Object.values(authorizationsOf((await this.#artifacts.byUid('Session', exceptUid)) ?? {}))
    const [keptGrants, keptSids] = [new Set(kept.map(({ grantId }) => grantId)), new Set(kept.map(({ sid }) => sid))]
    const grants = await this.#artifacts.byAccount('Grant', account.id)
    const ended = grants.filter(({ payload }) => !keptGrants.has(payload.jti))
    const farewells = await this.#farewells.fromGrants(ended)
    await this.#farewells.say(farewells.filter(({ sid }) => sid !== null && !keptSids.has(sid)))
    await Promise.all(ended.map(({ payload }) => this.#artifacts.dropGrant(String(payload.jti))))
  }
}
