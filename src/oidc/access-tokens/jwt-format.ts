import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import { keyText, revocationKey } from '../../token-revocations/revocation-key.ts'
import { markOf } from '../impersonation/mark.ts'
import type { People, Person } from '../people/people.ts'
import { personIn } from '../people/token-claims.ts'
import { unitOf } from '../provider/current-request.ts'

/**
 * This folder is about access tokens that are JWTs (RFC 9068): what they contain beyond the standard claims, and how
 * Gatehouse itself reads them, although none of them is stored.
 */
declare module 'oidc-provider' {
  interface AccessToken {
    /** Seconds; decides `expires_in` of the response. */
    expiresIn?: number
  }
  interface ClientCredentials {
    expiresIn?: number
  }
}

type JwtFormat = NonNullable<NonNullable<NonNullable<Configuration['formats']>['customizers']>['jwt']>
type Token = Parameters<JwtFormat>[1]

type Parts = Needs<'resources' | 'tokenKeys'> & { people: People }

/** The claims by which a token can be revoked: its grant, and the keys of the list of revoked tokens (docs/protect-an-api.md). */
export const REVOCATION_CLAIMS = ['grant_id', 'revocable_by'] as const

/** Completes an access token before the library signs it. */
export function jwtFormat(parts: Parts): JwtFormat {
  return async (ctx, token, jwt) => {
    const resource = await parts.resources.findCached(token.resourceServer!.identifier())
    if (resource?.tokenType === 'JWT') jwt.header = { ...jwt.header, typ: 'JWT' }
    const person = personIn(token)
    endWithRoles(token, jwt.payload, person?.rolesUntil ?? null)
    const keys = await keysOf(ctx, token, person, parts)
    if ('grantId' in token) jwt.payload.grant_id = token.grantId
    jwt.payload.revocable_by = keys.map(keyText)
    // What the application asked for by the parameter `claims`, which userinfo needs.
    if (resource === null && 'claims' in token && token.claims?.userinfo) jwt.payload.claims = token.claims
  }
}

/** A token names the roles of its person, so it ends no later than the first of them. */
function endWithRoles(token: Token, payload: { [claim: string]: unknown }, until: number | null): void {
  const [iat, exp] = [Number(payload.iat), Number(payload.exp)]
  if (until === null || exp <= until) return
  payload.exp = Math.max(iat + 1, until)
  token.expiresIn = Number(payload.exp) - iat
}

/**
 * Each key is read with, or before, what it stands for: with the client its registration, with the person their roles. If a
 * right is lost meanwhile, the token has the key that was put on the list.
 */
async function keysOf(
  ctx: KoaContextWithOIDC,
  token: Token,
  person: Person | null,
  { tokenKeys, people }: Parts,
): Promise<Buffer[]> {
  const clientId = token.clientId!
  const ofClient = token.client?.token_key
  const shared = [
    ofClient === undefined ? await tokenKeys.ofClient(clientId) : Buffer.from(ofClient, 'hex'),
    unitOf(ctx).installation.key,
  ]
  if (!person || token.kind !== 'AccessToken') return shared
  const renewed = Object.hasOwn(person.consentKeys, clientId) ? person.consentKeys[clientId] : undefined
  return [
    ...(token.sessionUid ? [revocationKey(token.sessionUid)] : []),
    renewed === undefined ? await tokenKeys.ofUnrevokedConsent(person.id, clientId) : Buffer.from(renewed, 'hex'),
    Buffer.from(person.tokenKey, 'hex'),
    ...shared,
    ...(await keysOfImpersonation(ctx, people)),
  ]
}

/** A token from an impersonation ends with it, and with what allows its administrator to act. */
async function keysOfImpersonation(ctx: KoaContextWithOIDC, people: People): Promise<Buffer[]> {
  const mark = markOf(ctx)
  if (!mark) return []
  const administrator = await people.find(mark.by)
  return [
    revocationKey(mark.id),
    revocationKey(mark.session),
    ...(administrator ? [Buffer.from(administrator.tokenKey, 'hex')] : []),
  ]
}
