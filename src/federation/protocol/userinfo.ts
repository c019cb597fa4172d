import { decodeJwt } from 'jose'
import { type Clock, epoch } from '../../base/clock.ts'
import { type Claims, claimAt } from '../providers/claim-mapping.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { CLOCK_TOLERANCE, type UpstreamConfiguration } from './discovery.ts'
import { verifySignature } from './signatures.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'

interface Request {
  provider: IdentityProvider
  upstream: UpstreamConfiguration
  accessToken: string
  /** The verified claims of the ID token. */
  idToken: Claims
}

/**
 * Reads the userinfo endpoint, as JSON or as a signed JWT (OpenID Connect Core 1.0 section 5.3). A provider may refuse it if
 * the ID token has all claims that are required.
 * @throws UpstreamFailure
 */
export async function userinfo(
  { provider, upstream, accessToken, idToken }: Request,
  { fetch, clock }: { fetch: UpstreamFetch; clock: Clock },
): Promise<Claims> {
  const endpoint = upstream.configuration.serverMetadata().userinfo_endpoint
  if (!endpoint) return {}
  const response = await fetch(endpoint, {
    method: 'GET',
    headers: {
      accept: 'application/json, application/jwt',
      authorization: `Bearer ${accessToken}`,
      'user-agent': 'gatehouse',
    },
  })
  if (response.status !== 200) {
    if (hasRequiredClaims(provider, idToken)) return {}
    throw invalid(`answered ${response.status}, and required claims are missing in the ID token`)
  }
  const text = await response.text()
  const signed = /^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')
  const claims = signed ? await verifiedClaims(text, upstream, { provider, clock }) : parseObject(text)
  // Section 5.3.2: prevents token substitution.
  if (claims.sub !== idToken.sub) throw invalid('has another sub than the ID token')
  return claims
}

/** Verifies the signature, and `iss`, `aud` and `exp` if they are present (section 5.3.2). */
async function verifiedClaims(
  token: string,
  { configuration, keys }: UpstreamConfiguration,
  { provider, clock }: { provider: IdentityProvider; clock: Clock },
): Promise<Claims> {
  if (token.split('.').length === 5) throw invalid('is encrypted, which is not supported')
  if (!keys) throw invalid('is signed, and the provider publishes no keys')
  await verifySignature(token, keys)
  const claims = decodeJwt(token)
  const { iss, aud, exp } = claims
  if (iss !== undefined && iss !== configuration.serverMetadata().issuer) throw invalid('has another issuer')
  if (aud !== undefined && ![aud].flat().includes(provider.clientId)) throw invalid('is for another client')
  if (exp !== undefined && exp + CLOCK_TOLERANCE <= epoch(clock.now())) throw invalid('has expired')
  return claims
}

function parseObject(text: string): Claims {
  let claims: unknown
  try {
    claims = JSON.parse(text)
  } catch {
    throw invalid('is not JSON')
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw invalid('is not an object')
  return claims as Claims
}

/** Whether the claims for identity, email and roles are there; the profile may be missing. */
function hasRequiredClaims({ mapping, policy }: IdentityProvider, idToken: Claims): boolean {
  const { subject, email, emailVerified: rule } = mapping
  const verified = typeof rule === 'string' ? [] : [rule.claim]
  const roles = policy.roleMapping ? [policy.roleMapping.claim] : []
  return [subject, email, ...verified, ...roles].every(path => claimAt(idToken, path) !== undefined)
}

function invalid(reason: string): UpstreamFailure {
  return new UpstreamFailure('broken', `its userinfo ${reason}`)
}
