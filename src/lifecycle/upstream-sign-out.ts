import type { Trail } from '../audit/trail.ts'
import { system } from '../base/actor.ts'
import type { IdentityProvider } from '../federation/identity-provider.ts'
import { isMeant, type Told, type Visits } from '../federation/visits.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Artifacts } from '../storage/artifacts.ts'

/**
 * A provider says that somebody is signed out there: what they have here through that session ends, or, where it names
 * none, all that they have through it. Their applications are told as of every end.
 */
export class UpstreamSignOut {
  readonly #artifacts: Artifacts
  readonly #sessions: Sessions
  readonly #visits: Visits
  readonly #trail: Trail

  constructor({
    artifacts,
    sessions,
    visits,
    trail,
  }: { artifacts: Artifacts; sessions: Sessions; visits: Visits; trail: Trail }) {
    this.#artifacts = artifacts
    this.#sessions = sessions
    this.#visits = visits
    this.#trail = trail
  }

  /** Of nobody known it does nothing. @returns how many sessions ended */
  async of(provider: IdentityProvider, told: Told): Promise<number> {
    let ended = 0
    for (const accountId of await this.#visits.visitors(provider.id, told)) {
      for (const uid of await this.#meant(accountId, provider, told)) {
        await this.#trail.write('identity.signed-out', { by: system, subject: accountId, target: provider.name })
        await this.#sessions.drop(accountId, uid)
        ended++
      }
    }
    return ended
  }

  /** The `uid`s of the account's sessions that the provider speaks of. */
  async #meant(accountId: string, provider: IdentityProvider, told: Told): Promise<string[]> {
    const uids: string[] = []
    for (const { payload } of await this.#artifacts.byAccount('Session', accountId)) {
      const visit = typeof payload.visit === 'string' ? await this.#visits.find(payload.visit) : null
      if (visit?.providerId === provider.id && isMeant(told, visit)) uids.push(String(payload.uid))
    }
    return uids
  }
}
