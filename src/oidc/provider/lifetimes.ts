import type { Client, Configuration } from 'oidc-provider'
import { epoch } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import type { Artifact, Kind } from '../../storage/artifacts/artifacts.ts'
import type { ExtraMetadata } from '../clients/client-metadata.ts'

const MINUTE = 60
const CODE = MINUTE
/** A sign-in that a person has acted on, by a form of its pages. */
export const INTERACTION = 60 * MINUTE
/** An authorization request that no one has acted on: any stranger can leave one. */
export const UNTOUCHED_INTERACTION = 10 * MINUTE
/** A session of a browser in which nobody is signed in: it holds the question whether to sign out. */
const ANONYMOUS_SESSION = 10 * MINUTE
const ID_TOKEN = 60 * MINUTE

/** By how much the clocks of two machines may differ before one does not go on with what the other made. */
export const CLOCKS = 10 * MINUTE

/**
 * A record as the library is to judge it, which compares its end with the clock of this machine. A code is in the store
 * for exactly as long as it lives, by the store's clock: where it is found, it has not expired, whatever the clock of the
 * machine that made it, or of this one.
 */
export function aliveInStore(kind: Kind, found: Artifact): Artifact {
  const now = epoch(new Date())
  const { exp } = found
  return kind === 'AuthorizationCode' && typeof exp === 'number' && exp <= now && now < exp + CLOCKS
    ? { ...found, exp: now + 1 }
    : found
}

type OurClient = (Client & Partial<ExtraMetadata>) | undefined

/** Seconds from the sign-in for which a chain of refresh tokens can last. */
export function refreshLimit(client: OurClient, config: Config): number {
  return client?.refresh_token_max_ttl ?? config.refreshTokenMaxTtl
}

/**
 * How long things live, in seconds. An access token: the shortest of what its resource and its client say, else the
 * global one. A refresh token: anew at each rotation, but never beyond the absolute limit counted from the sign-in.
 */
export function lifetimes(config: Config): NonNullable<Configuration['ttl']> {
  const access = (resource: number | undefined, client: OurClient) =>
    Math.min(...[resource, client?.access_token_ttl].filter(ttl => ttl != null), Infinity)
  const accessOrGlobal = (resource: number | undefined, client: OurClient) => {
    const ttl = access(resource, client)
    return Number.isFinite(ttl) ? ttl : config.accessTokenTtl
  }

  return {
    AccessToken: (_ctx, token, client) => accessOrGlobal(token.resourceServer?.accessTokenTTL, client as OurClient),
    ClientCredentials: (_ctx, token, client) =>
      accessOrGlobal(token.resourceServer?.accessTokenTTL, client as OurClient),
    AuthorizationCode: CODE,
    IdToken: ID_TOKEN,
    Interaction: INTERACTION,
    RefreshToken: (_ctx, token, client) => {
      const wanted = (client as OurClient)?.refresh_token_ttl ?? config.refreshTokenTtl
      return Math.max(1, Math.min(wanted, refreshLimit(client as OurClient, config) - token.totalLifetime()))
    },
    Grant: ctx => Math.max(refreshLimit(ctx?.oidc?.client as OurClient, config), config.sessionTtl),
    Session: (_ctx, session) => {
      if (!session.accountId) return ANONYMOUS_SESSION
      const signedIn = session.loginTs
      const left = signedIn ? signedIn + config.sessionTtl - Math.floor(Date.now() / 1000) : config.sessionTtl
      return Math.max(1, Math.min(config.sessionIdleTtl, left))
    },
  }
}
