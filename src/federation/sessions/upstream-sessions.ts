import { newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'
import type { AuthenticationResult } from '../protocol/authentication-result.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'

/** The session that somebody has at a provider, as that provider told of it. */
export interface UpstreamSession {
  providerId: string
  /** What the provider is called here: `google`. */
  provider: string
  /** As it calls the person in logout tokens: the `sub` of its ID tokens; null for plain OAuth 2.0. */
  subject: string | null
  /** What the provider calls the session; null where it gives it no name. */
  sid: string | null
  /** Names person and session to the provider when they sign out; null for plain OAuth 2.0. */
  idToken: string | null
}

/** Of a sign-in that is under way; as long as an interaction lives. */
const SIGNING_IN = keptKind<UpstreamSession>('PendingUpstreamSession', { ttl: 60 * 60, sealed: 'by-server' })
const SESSION = keptKind<UpstreamSession>('UpstreamSession', {
  ttl: ({ sessionTtl }) => sessionTtl,
  sealed: 'by-server',
})
/** The accounts that somebody came to, by what the provider calls the person or the session. */
const ACCOUNTS = keptKind<{ accountIds: string[] }>('UpstreamSessionAccounts', { ttl: ({ sessionTtl }) => sessionTtl })

/**
 * Which sign-ins here came through which session at a provider: to sign people out there as well, and to end what they
 * have here when they are signed out there. A session here keeps its name (oidc/sessions/upstream-session-names.ts).
 */
export class UpstreamSessions {
  readonly #app

  constructor(app: Needs<'clock' | 'kept'>) {
    this.#app = app
  }

  /** Somebody came here from a provider; what is left of their sign-in lies before them. @param place nameOf(Place) */
  async begin(
    place: string,
    { id, name }: Pick<IdentityProvider, 'id' | 'name'>,
    result: AuthenticationResult,
  ): Promise<void> {
    const { claims, idToken, sid } = result
    const subject = idToken !== null && typeof claims.sub === 'string' ? claims.sub : null
    await this.#app.kept.put(SIGNING_IN, place, { providerId: id, provider: name, subject, sid, idToken })
  }

  /** The sign-in is over, in which a provider said who it was. @returns what the visit is called; null where none is known */
  async establish(place: string, accountId: string): Promise<{ name: string; provider: string } | null> {
    const { kept } = this.#app
    const session = await kept.look(SIGNING_IN, place)
    if (!session) return null
    const name = newId(this.#app.clock.now())
    const known = await Promise.all(
      keysOf(session).map(async id => {
        const accountIds = [...new Set([...(await this.#accountIds(id)), accountId])]
        return kept.putting(ACCOUNTS, id, { accountIds })
      }),
    )
    await kept.commit([kept.dropping(SIGNING_IN, place), kept.putting(SESSION, name, session), ...known])
    return { name, provider: session.provider }
  }

  find(name: string): Promise<UpstreamSession | null> {
    return this.#app.kept.look(SESSION, name)
  }

  /** The accounts that somebody came to through it; the session is enough to name them, or the person. */
  async accountsOf(providerId: string, { subject, sid }: LogoutSubject): Promise<string[]> {
    const names = keysOf({ providerId, subject, sid })
    const found = await Promise.all(names.map(name => this.#accountIds(name)))
    return [...new Set(found.flat())]
  }

  async #accountIds(id: string): Promise<string[]> {
    return (await this.#app.kept.look(ACCOUNTS, id))?.accountIds ?? []
  }
}

/** Whom, or which session, a provider speaks of. */
export interface LogoutSubject {
  subject: string | null
  sid: string | null
}

/**
 * Whether it is the session that the provider speaks of, or one of that person if it speaks of none. One that it gave no
 * name may be any of theirs.
 */
export function isLoggedOut({ subject, sid }: LogoutSubject, session: UpstreamSession): boolean {
  const theirs = subject !== null && session.subject === subject
  if (sid === null || session.sid === null) return theirs
  return session.sid === sid && (subject === null || theirs)
}

function keysOf({ providerId, subject, sid }: LogoutSubject & Pick<UpstreamSession, 'providerId'>): string[] {
  const name = (what: string, value: string | null) =>
    value === null ? [] : [JSON.stringify([providerId, what, value])]
  return [...name('subject', subject), ...name('session', sid)]
}
