import { system } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { isLoggedOut, type LogoutSubject } from '../../federation/sessions/upstream-sessions.ts'

/**
 * Back-channel logout by an upstream provider: ends the sessions here that began with that session at the provider, or, if
 * the logout token names only the person, all of their sessions with this provider. Applications are notified, as of any
 * logout.
 */
export class UpstreamBackchannelLogout {
  readonly #app

  constructor(app: Needs<'artifacts' | 'sessions' | 'upstreamSessions' | 'audit'>) {
    this.#app = app
  }

  /** @returns how many sessions ended; 0 for a person who is unknown here */
  async of(provider: IdentityProvider, subject: LogoutSubject): Promise<number> {
    let ended = 0
    for (const accountId of await this.#app.upstreamSessions.accountsOf(provider.id, subject)) {
      for (const uid of await this.#loggedOut(accountId, provider, subject)) {
        await this.#app.audit.write('session.ended-upstream', { by: system, subject: accountId, target: provider.name })
        await this.#app.sessions.drop(accountId, uid)
        ended++
      }
    }
    return ended
  }

  /** The `uid`s of the account's sessions that the provider has signed out. */
  async #loggedOut(accountId: string, provider: IdentityProvider, subject: LogoutSubject): Promise<string[]> {
    const uids: string[] = []
    for (const { payload } of await this.#app.artifacts.byAccount('Session', accountId)) {
      const name = payload.upstreamSession
      const session = typeof name === 'string' ? await this.#app.upstreamSessions.find(name) : null
      if (session?.providerId === provider.id && isLoggedOut(subject, session)) uids.push(String(payload.uid))
    }
    return uids
  }
}
