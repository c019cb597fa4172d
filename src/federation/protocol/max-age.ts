import type { IdentityProvider } from '../providers/identity-provider.ts'
import { presetOf } from '../providers/presets.ts'
import type { AuthenticationResult } from './authentication-result.ts'

/** How recently somebody is to have shown who they are. */
export interface Freshness {
  /** Now, whatever they have shown before. */
  reauthenticate: boolean
  /** At most so many seconds ago; null: it does not matter. */
  maxAge: number | null
}

/**
 * What a way through a provider shows of that. `no-auth-time`: it is one that never says when somebody has shown there who they
 * are, and may have let them through without asking.
 */
type Shown = 'fresh' | 'stale' | 'no-auth-time'

/** Seconds by which a provider's clock may be behind ours. */
const LEEWAY = 60

type Asked = Pick<IdentityProvider, 'kind' | 'openid'>

/**
 * What asks a provider for it. `max_age` always goes along: whoever is asked for it has to say in the ID token when that
 * was, as `auth_time` (OpenID Connect Core section 3.1.2.1).
 */
export function freshnessParameters(
  provider: Asked,
  { reauthenticate, maxAge }: Freshness,
): Readonly<Record<string, string>> {
  if (!reauthenticate && maxAge === null) return {}
  if (!reportsAuthTime(provider)) return presetOf(provider.kind).quirks?.reauthentication ?? {}
  return reauthenticate ? { prompt: 'login', max_age: '0' } : { max_age: String(maxAge) }
}

/**
 * Whether it was done. What the provider was asked went through the browser, where it can be left out, so that only what
 * comes back counts. Whoever has shown it since they set out has shown it now, however long the rest of the way took.
 * @param times epoch seconds; `begunAt`: when they set out
 */
export function checkFreshness(
  provider: Asked,
  { claims }: Pick<AuthenticationResult, 'claims'>,
  { reauthenticate, maxAge }: Freshness,
  { begunAt, now }: { begunAt: number; now: number },
): Shown {
  if (!reauthenticate && maxAge === null) return 'fresh'
  const at = provider.openid ? claims.auth_time : null
  if (typeof at !== 'number') return reportsAuthTime(provider) ? 'stale' : 'no-auth-time'
  const since = reauthenticate || maxAge === null ? begunAt : Math.min(begunAt, now - maxAge)
  return at + LEEWAY >= since ? 'fresh' : 'stale'
}

/** Whether it does as the standard says. */
function reportsAuthTime({ kind, openid }: Asked): boolean {
  return openid && presetOf(kind).quirks?.reauthentication === undefined
}
