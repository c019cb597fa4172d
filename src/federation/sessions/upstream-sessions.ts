import { newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'
import type { AuthenticationResult } from '../protocol/authentication-result.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'

/** The person or session that a provider has signed out, as its logout token names them. */
export interface LogoutSubject {
  /** The `sub` of its ID tokens. */
  subject: string | null
  /** The provider's ID of the session. */
  sid: string | null
}

/** A session at a provider. For plain OAuth 2.0, `subject` and `idToken` are null; `sid` is null if the provider sends none. */
export interface UpstreamSession extends LogoutSubject {
  providerId: string
  /** The name of the provider here: `google`. */
  provider: string
  /** Tells the provider which person and session to sign out. */
  idToken: string | null
}

/** Kept while the person signs in here, as long as an interaction. */
const SIGNING_IN = keptKind<UpstreamSession>('PendingUpstreamSession', { ttl: 60 * 60, sealed: 'by-server' })
const SESSION = keptKind<UpstreamSession>('UpstreamSession', {
  ttl: ({ sessionTtl }) => sessionTtl,
  sealed: 'by-server',
})
/** The accounts that were signed in to, by subject and by session at the provider. */
const ACCOUNTS = keptKind<{ accountIds: string[] }>('UpstreamSessionAccounts', { ttl: ({ sessionTtl }) => sessionTtl })

/**
 * The upstream session behind each session here: to sign people out there as well, and to end sessions here when the
 * provider signs someone out. A session here has the name of its upstream session (oidc/sessions/keep-upstream-session.ts).
 */
export class UpstreamSessions {
  readonly #app

  constructor(app: Needs<'clock' | 'kept'>) {
    this.#app = app
  }

  /** A provider has authenticated the person; the sign-in here continues. @param binding bindingKey of the interaction */
  async begin(
    binding: string,
    { id, name }: Pick<IdentityProvider, 'id' | 'name'>,
    { claims, idToken, sid }: AuthenticationResult,
  ): Promise<void> {
    const subject = idToken !== null && typeof claims.sub === 'string' ? claims.sub : null
    await this.#app.kept.put(SIGNING_IN, binding, { providerId: id, provider: name, subject, sid, idToken })
  }

  /** The sign-in is complete. @returns the name of the upstream session; null if no provider took part */
  async establish(binding: string, accountId: string): Promise<{ name: string; provider: string } | null> {
    const { kept } = this.#app
    const session = await kept.look(SIGNING_IN, binding)
    if (!session) return null
    const name = newId(this.#app.clock.now())
    const accounts = keysOf(session).map(async key => {
      const accountIds = [...new Set([...(await this.#accountIds(key)), accountId])]
      return kept.putting(ACCOUNTS, key, { accountIds })
    })
    const stored = await Promise.all(accounts)
    await kept.commit([kept.dropping(SIGNING_IN, binding), kept.putting(SESSION, name, session), ...stored])
    return { name, provider: session.provider }
  }

  find(name: string): Promise<UpstreamSession | null> {
    return this.#app.kept.look(SESSION, name)
  }

  /** The accounts that the person signed in to with the provider; either the subject or the session identifies them. */
  async accountsOf(providerId: string, subject: LogoutSubject): Promise<string[]> {
    const found = await Promise.all(keysOf({ providerId, ...subject }).map(key => this.#accountIds(key)))
    return [...new Set(found.flat())]
  }

  async #accountIds(key: string): Promise<string[]> {
    return (await this.#app.kept.look(ACCOUNTS, key))?.accountIds ?? []
  }
}

/**
 * Whether the provider has signed out this session: the one with this `sid`, or, if the token or the session has no `sid`,
 * any session of the subject.
 */
export function isLoggedOut({ subject, sid }: LogoutSubject, session: UpstreamSession): boolean {
  const sameSubject = subject !== null && session.subject === subject
  if (sid === null || session.sid === null) return sameSubject
  return session.sid === sid && (subject === null || sameSubject)
}

function keysOf({ providerId, subject, sid }: LogoutSubject & { providerId: string }): string[] {
  const key = (what: string, value: string | null) =>
    value === null ? [] : [JSON.stringify([providerId, what, value])]
  return [...key('subject', subject), ...key('session', sid)]
}
