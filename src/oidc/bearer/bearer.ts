import type { App } from '../../app.ts'
import { type Level, reaches } from '../../login/assurance.ts'
import { scopesAllowed } from '../clients/client-metadata.ts'
import { webOrigins } from '../clients/redirect-uri.ts'
import { sessionLevel, TWO_FACTORS } from '../people/acr.ts'
import type { Person } from '../people/people.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { personBehind } from './person-behind.ts'
import { type PresentedToken, readToken } from './presented-token.ts'
import { insufficientScope, invalidToken, TokenRefused } from './token-refused.ts'

/** The person and the application on whose behalf the account API is called. */
export interface Bearer {
  person: Person
  clientId: string
  /** The web origins of the application: those of its redirect URIs. */
  origins: string[]
  /** Epoch seconds; null if the token does not say. */
  signedInAt: number | null
  /** The assurance level of the sign-in that the token comes from. */
  level: Level | null
  /** The `uid` of the browser session in which the application was authorized; it may have ended. */
  session: string | null
  /** Whether an administrator acts as the person. */
  impersonated: boolean
}

/**
 * Reads an access token of a person without an audience. It must have these scopes, and its client, grant and account must
 * still be valid.
 * @throws TokenRefused
 */
export async function readBearer(
  parts: { app: App; current: CurrentProvider },
  presented: PresentedToken,
  scopes: readonly string[],
): Promise<Bearer> {
  const scope = scopes.join(' ')
  const token = await readToken(parts, presented, { audience: undefined, scope })
  if (token.kind !== 'AccessToken') throw invalidToken()
  const { person, client, grant, signedInAt, impersonated } = await personBehind(token, parts)
  const granted = new Set(grant.getOIDCScope().split(' '))
  if (!scopes.every(each => token.scopes.has(each) && granted.has(each)) || !scopesAllowed(client, scopes))
    throw insufficientScope(scope)
  return {
    person,
    clientId: client.clientId,
    origins: webOrigins(client),
    signedInAt,
    level: sessionLevel(Array.isArray(token.extra?.amr) ? token.extra.amr.map(String) : []),
    session: token.sessionUid ?? null,
    impersonated,
  }
}

/**
 * Protects sensitive actions.
 * @throws TokenRefused if the sign-in that the token comes from is older than `maxAge` seconds,
 *   or if the person has a second factor and did not use it (RFC 9470)
 */
export function requireRecentSignIn({ person, signedInAt, level }: Bearer, maxAge: number, now: number): void {
  const recent = signedInAt !== null && now - signedInAt <= maxAge
  const strong = !person.secondFactor || reaches(level, '2fa')
  if (recent && strong) return
  throw new TokenRefused('insufficient_user_authentication', 'a more recent or stronger sign-in is required', {
    max_age: String(maxAge),
    ...(strong ? {} : { acr_values: TWO_FACTORS }),
  })
}
