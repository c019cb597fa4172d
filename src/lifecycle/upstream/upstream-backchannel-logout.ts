import { system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { isLoggedOut, type LogoutSubject } from '../../federation/sessions/upstream-sessions.ts'

/**
 * A provider says that somebody is signed out there: what they have here through that session ends, or, where it names
 * none, all that they have through it. Their applications are told as of every end.
 */
export class UpstreamBackchannelLogout {
  readonly #app

  constructor(app: Needs<'artifacts' | 'sessions' | 'upstreamSessions' | 'audit'>) {
    this.#app = app
  }

  /** Of nobody known it does nothing. @returns how many sessions ended */
  async of(provider: IdentityProvider, told: LogoutSubject): Promise<number> {
    let ended = 0
    for (const accountId of await this.#app.upstreamSessions.accountsOf(provider.id, told)) {
      for (const uid of await this.#meant(accountId, provider, told)) {
        await this.#app.audit.write('session.ended-upstream', {
          by: system,
          subject: accountId,
          target: provider.name,
        })
        await this.#app.sessions.drop(accountId, uid)
        ended++
      }
    }
    return ended
  }

  /** The `uid`s of the account's sessions that the provider speaks of. */
  async #meant(accountId: string, provider: IdentityProvider, told: LogoutSubject): Promise<string[]> {
    const uids: string[] = []
    for (const { payload } of await this.#app.artifacts.byAccount('Session', accountId)) {
      const visit = typeof payload.visit === 'string' ? await this.#app.upstreamSessions.find(payload.visit) : null
      if (visit?.providerId === provider.id && isLoggedOut(told, visit)) uids.push(String(payload.uid))
    }
    return uids
  }
}
