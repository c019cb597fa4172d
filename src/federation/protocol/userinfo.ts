import { decodeJwt } from 'jose'
import { type Clock, epoch } from '../../base/clock.ts'
import { type Claims, claimAt } from '../providers/claim-mapping.ts'
import type { IdentityProvider } from '../providers/identity-provider.ts'
import { CLOCK_TOLERANCE, type UpstreamConfiguration } from './discovery.ts'
import { verifySignature } from './signatures.ts'
import { UpstreamFailure } from './upstream-failure.ts'
import type { UpstreamFetch } from './upstream-fetch.ts'

interface Parts {
  fetch: UpstreamFetch
  clock: Clock
}

/**
 * What a provider says of a person at its userinfo endpoint, as JSON or as a signed JWT (OpenID Connect Core 1.0 section
 * 5.3). A provider may refuse to say it, where the ID token says already all that is mapped.
 * @throws UpstreamFailure
 */
export async function userinfo(
  { provider, known, accessToken, idToken }: { provider: IdentityProvider; known: UpstreamConfiguration } & Shown,
  { fetch, clock }: Parts,
): Promise<Claims> {
  const endpoint = known.configuration.serverMetadata().userinfo_endpoint
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
    throw wrong(`answered ${response.status}, and the ID token does not say all that is mapped`)
  }
  const text = await response.text()
  const signed = /^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')
  const said = signed ? await verifiedClaims(text, known, { provider, clock }) : parseObject(text)
  // Section 5.3.2: another subject's answer could have been put in place of this one.
  if (said.sub !== idToken.sub) throw wrong('speaks of another person than the ID token')
  return said
}

interface Shown {
  accessToken: string
  /** The claims of the ID token, which have been checked. */
  idToken: Claims
}

/** A JWT has to be signed by the provider; who issued it and for whom, where it says that, has to fit (section 5.3.2). */
async function verifiedClaims(
  token: string,
  { configuration, keys }: UpstreamConfiguration,
  { provider, clock }: { provider: IdentityProvider; clock: Clock },
): Promise<Claims> {
  if (token.split('.').length === 5) throw wrong('is encrypted, which is not supported')
  if (!keys) throw wrong('is signed, and the provider publishes no keys')
  await verifySignature(token, keys)
  const claims = decodeJwt(token)
  const { iss, aud, exp } = claims
  if (iss !== undefined && iss !== configuration.serverMetadata().issuer) throw wrong('is signed by another issuer')
  if (aud !== undefined && ![aud].flat().includes(provider.clientId)) throw wrong('is meant for another client')
  if (exp !== undefined && exp + CLOCK_TOLERANCE <= epoch(clock.now())) throw wrong('has expired')
  return claims
}

function parseObject(text: string): Claims {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    throw wrong('is no JSON')
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said)) throw wrong('is not an object')
  return said as Claims
}

/** What decides who a person is and what they may do here; names and the like may be missing. */
function hasRequiredClaims({ mapping, policy }: IdentityProvider, idToken: Claims): boolean {
  const { subject, email, emailVerified: rule } = mapping
  const verified = typeof rule === 'string' ? [] : [rule.claim]
  const roles = policy.roleMapping ? [policy.roleMapping.claim] : []
  return [subject, email, ...verified, ...roles].every(path => claimAt(idToken, path) !== undefined)
}

function wrong(what: string): UpstreamFailure {
  return new UpstreamFailure('broken', `its userinfo ${what}`)
}
