import type { AccessToken, Client, ClientCredentials, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { epoch } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import type { Artifact, Kind } from '../../storage/artifacts/artifacts.ts'
import { markOf, withinImpersonation } from '../impersonation/mark.ts'

const MINUTE = 60
const CODE = MINUTE
/** A sign-in in which a person has submitted a form. */
export const INTERACTION = 60 * MINUTE
/** A sign-in in which no one has submitted a form. It is short, because anyone can start one. */
export const UNTOUCHED_INTERACTION = 10 * MINUTE
/** A session in which no one is signed in; it replaces one that has ended. */
const ANONYMOUS_SESSION = 10 * MINUTE
const ID_TOKEN = 60 * MINUTE

/** The maximum clock difference at which one machine accepts what another has made. */
export const MAX_CLOCK_SKEW = 10 * MINUTE

/**
 * Moves the expiry of a code that is still in the store but has expired by this machine's clock, which the library
 * checks. The store keeps a code exactly as long as it is valid, by its own clock, so a code that is found is valid.
 */
export function unexpiredInStore(kind: Kind, found: Artifact): Artifact {
  const now = epoch(new Date())
  const { exp } = found
  return kind === 'AuthorizationCode' && typeof exp === 'number' && exp <= now && now < exp + MAX_CLOCK_SKEW
    ? { ...found, exp: now + 1 }
    : found
}

/** The maximum number of seconds after the sign-in for which a chain of refresh tokens can last. */
export function refreshLimit(client: Client | undefined, config: Config): number {
  return client?.refresh_token_max_ttl ?? config.refreshTokenMaxTtl
}

/**
 * Lifetimes in seconds.
 * An access token has the shorter of its resource's and its client's lifetime, or else the global one.
 * A refresh token gets a full lifetime at each rotation, but never beyond the absolute limit counted from the sign-in.
 */
export function lifetimes(config: Config): NonNullable<Configuration['ttl']> {
  const accessToken = (ctx: unknown, { resourceServer }: AccessToken | ClientCredentials, client: Client) => {
    const limits = [resourceServer?.accessTokenTTL, client.access_token_ttl].filter(ttl => ttl != null)
    return within(ctx, limits.length > 0 ? Math.min(...limits) : config.accessTokenTtl)
  }
  return {
    AccessToken: accessToken,
    ClientCredentials: accessToken,
    AuthorizationCode: CODE,
    IdToken: ctx => within(ctx, ID_TOKEN),
    Interaction: INTERACTION,
    RefreshToken: (_ctx, token, client) => {
      const wanted = client.refresh_token_ttl ?? config.refreshTokenTtl
      return Math.max(1, Math.min(wanted, refreshLimit(client, config) - token.totalLifetime()))
    },
    Grant: ctx => within(ctx, Math.max(refreshLimit(ctx?.oidc?.client, config), config.sessionTtl)),
    Session: (_ctx, { accountId, loginTs, impersonation }) => {
      if (!accountId) return ANONYMOUS_SESSION
      if (impersonation) return withinImpersonation(impersonation, config.sessionTtl)
      const left = loginTs ? loginTs + config.sessionTtl - epoch(new Date()) : config.sessionTtl
      return Math.max(1, Math.min(config.sessionIdleTtl, left))
    },
  }
}

function within(ctx: unknown, seconds: number): number {
  return withinImpersonation(markOf(ctx as Partial<KoaContextWithOIDC> | undefined), seconds)
}
