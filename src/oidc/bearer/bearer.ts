import type { AccessToken } from 'oidc-provider'
import type { App } from '../../app.ts'
import { epoch } from '../../base/clock.ts'
import { Refusal } from '../../base/refusals.ts'
import { type Level, reaches } from '../../login/assurance.ts'
import { scopesAllowed } from '../clients/client-metadata.ts'
import { checkProof, PROOF_WINDOW, type ProofTarget } from '../clients/dpop-proof.ts'
import { sessionLevel, TWO_FACTORS } from '../people/acr.ts'
import { admits } from '../people/admission.ts'
import { validPerson } from '../people/find-account.ts'
import type { Person } from '../people/people.ts'
import type { CurrentProvider } from '../provider/current-provider.ts'
import { markUsed } from '../store/replay-detection.ts'

/** The person and the application on whose behalf one of our own APIs is called. */
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
}

/**
 * The access token is missing, invalid or insufficient. `challenge` holds the parameters of the `WWW-Authenticate`
 * header (RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470 section 3), without `error` if no token was sent at all.
 */
export class TokenRefused extends Refusal {
  readonly code: TokenProblem
  readonly challenge: Readonly<Record<string, string>>

  constructor(error: TokenProblem, description: string, parameters: Record<string, string> = {}) {
    super(description)
    this.code = error
    this.challenge = { ...(error === 'token_required' ? {} : { error, error_description: description }), ...parameters }
  }
}

type TokenProblem =
  | 'token_required'
  | 'invalid_request'
  | 'invalid_token'
  | 'invalid_dpop_proof'
  | 'insufficient_scope'
  | 'insufficient_user_authentication'

/** RFC 6750 section 2.1, RFC 9449 section 7.1. */
const HEADER = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*)$/i

/** The parts of a request that authenticate it; `proof` is the `DPoP` header. */
type PresentedToken = Record<'authorization' | 'proof' | 'method' | 'url', string>

/**
 * Reads `Authorization: Bearer …`, or `DPoP …` with its proof.
 * The token must be one of our own opaque access tokens and have these scopes, and its client, grant
 * and account must still be valid. Access tokens for other APIs are JWTs, which are not stored, so they are not found.
 * @throws TokenRefused
 */
export async function readBearer(
  { app, current: { provider, people } }: { app: App; current: CurrentProvider },
  presented: PresentedToken,
  scopes: readonly string[],
): Promise<Bearer> {
  const scope = scopes.join(' ')
  if (presented.authorization === '') throw new TokenRefused('token_required', 'an access token is required', { scope })
  const [, scheme = '', value] = HEADER.exec(presented.authorization) ?? []
  if (!value)
    throw new TokenRefused('invalid_request', 'send the access token as Authorization: Bearer TOKEN, or DPoP TOKEN')

  const token = await provider.AccessToken.find(value)
  if (!token || token.aud !== undefined) throw invalidToken()
  if (/^dpop$/i.test(scheme))
    await requireProof(token, { ...presented, token: value, now: epoch(app.clock.now()) }, app)
  // A token that is bound to a key is never accepted without a proof of that key.
  else if (token.isSenderConstrained()) throw invalidToken()
  const signedInAt = typeof token.extra?.auth_time === 'number' ? token.extra.auth_time : null
  const [client, grant, person] = await Promise.all([
    provider.Client.find(token.clientId ?? ''),
    provider.Grant.find(token.grantId),
    validPerson(people, app, token.accountId, signedInAt ?? token.iat),
  ])
  if (!client || !person || !admits(client, person)) throw invalidToken()
  if (grant?.accountId !== person.id || grant.clientId !== client.clientId) throw invalidToken()
  const granted = new Set(grant.getOIDCScope().split(' '))
  if (!scopes.every(each => token.scopes.has(each) && granted.has(each)) || !scopesAllowed(client, scopes))
    throw new TokenRefused('insufficient_scope', `the access token does not have the scope ${scope}`, { scope })
  return {
    person,
    clientId: client.clientId,
    origins: (client.redirectUris ?? [])
      .map(uri => URL.parse(uri)?.origin ?? 'null')
      .filter(origin => origin !== 'null'),
    signedInAt,
    level: sessionLevel(Array.isArray(token.extra?.amr) ? token.extra.amr.map(String) : []),
    session: token.sessionUid ?? null,
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

/** Requires a token that is bound to a key, and an unused proof of that key (RFC 9449 section 7). */
async function requireProof(
  token: AccessToken,
  presented: PresentedToken & ProofTarget,
  { replayMarks }: App,
): Promise<void> {
  const proof = await checkProof(presented.proof, presented)
  if (!proof)
    throw new TokenRefused(
      'invalid_dpop_proof',
      'the DPoP proof is invalid, expired, or made for another request or token',
    )
  if (!token.jkt || token.jkt !== proof.thumbprint) throw invalidToken()
  const { jti, iat } = proof
  const until = presented.now + 2 * PROOF_WINDOW
  if (!(await markUsed(replayMarks, { clientId: token.clientId ?? '', jti, issuedAt: iat, until })))
    throw new TokenRefused('invalid_dpop_proof', 'the DPoP proof was already used')
}

/** The error does not say why the token was refused, because anyone may ask. */
export function invalidToken(): TokenRefused {
  return new TokenRefused('invalid_token', 'the access token is unknown, expired or revoked')
}
