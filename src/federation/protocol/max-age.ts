import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import type { AuthenticationResult } from './authentication-result.ts'

/** How recently the person must have authenticated at the provider. */
export interface Freshness {
  /** In this sign-in. */
  reauthenticate: boolean
  /** At most this many seconds ago; null: at any time. */
  maxAge: number | null
}

/** `no-auth-time`: the provider never sends `auth_time`, and may have let the person through without asking. */
type FreshnessResult = 'fresh' | 'stale' | 'no-auth-time'

/** Seconds by which a provider's clock may be behind ours. */
const LEEWAY = 60

type Provider = Pick<IdentityProvider, 'kind' | 'openid'>

/**
 * Authorization request parameters that ask the provider for a recent authentication. They include `max_age`, because the provider must then
 * send `auth_time` (OpenID Connect Core section 3.1.2.1).
 */
export function freshnessParameters(
  provider: Provider,
  { reauthenticate = false, maxAge = null }: Partial<Freshness>,
): Readonly<Record<string, string>> {
  if (!reauthenticate && maxAge === null) return {}
  if (!sendsAuthTime(provider)) return presetOf(provider.kind).quirks.reauthentication ?? {}
  return reauthenticate ? { prompt: 'login', max_age: '0' } : { max_age: String(maxAge) }
}

/**
 * Checks the result, since the browser can drop the parameters of the request. Authentication after the request was sent is
 * always fresh, however long the sign-in took.
 * @param times epoch seconds; `begunAt`: when the request was sent
 */
export function checkFreshness(
  provider: Provider,
  { claims }: Pick<AuthenticationResult, 'claims'>,
  { reauthenticate, maxAge }: Freshness,
  { begunAt, now }: { begunAt: number; now: number },
): FreshnessResult {
  if (!reauthenticate && maxAge === null) return 'fresh'
  const authTime = provider.openid ? claims.auth_time : null
  if (typeof authTime !== 'number') return sendsAuthTime(provider) ? 'stale' : 'no-auth-time'
  const since = reauthenticate || maxAge === null ? begunAt : Math.min(begunAt, now - maxAge)
  return authTime + LEEWAY >= since ? 'fresh' : 'stale'
}

function sendsAuthTime({ kind, openid }: Provider): boolean {
  return openid && presetOf(kind).quirks.reauthentication === undefined
}
