import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { CLAIMS } from '../../clients/claims/claims-of-scopes.ts'
import type { Resources } from '../../clients/resources.ts'
import { actClaim, markOf } from '../impersonation/mark.ts'
import { claimsOfScopes } from './claims.ts'
import { type Claims, mapClaims, mappingsOf } from './mapped-claims.ts'
import type { People, Person } from './people.ts'

type ExtraTokenClaims = NonNullable<Configuration['extraTokenClaims']>
type Token = Parameters<ExtraTokenClaims>[1]

interface Parts {
  people: People
  resources: Resources
}

/**
 * Adds the person's roles, and when and how they signed in (RFC 9068 section 2.2.1), to every access token,
 * so that APIs need no second request and can ask for a more recent or stronger sign-in (RFC 9470).
 * A token of client credentials has empty roles and no sign-in.
 */
export function tokenClaims({ people, resources }: Parts): ExtraTokenClaims {
  return async (ctx, token) => ({
    ...(await personClaims(people, ctx, token)),
    ...(token.kind === 'AccessToken' && actClaim(markOf(ctx))),
    ...(await permissions(resources, token)),
  })
}

const named = new WeakMap<Token, Person | null>()

/** The person whose roles the token names, as they were when the roles were read. */
export function personIn(token: Token): Person | null {
  return named.get(token) ?? null
}

/** The scopes as an array, for APIs whose verifier reads `permissions`. */
async function permissions(resources: Resources, { resourceServer, scopes }: Token): Promise<Claims> {
  const resource = resourceServer && (await resources.findCached(resourceServer.identifier()))
  return resource?.permissionsClaim ? { permissions: [...scopes].filter(Boolean) } : {}
}

async function personClaims(people: People, ctx: KoaContextWithOIDC, token: Token): Promise<Claims> {
  const client = ctx.oidc.client!
  if (token.kind !== 'AccessToken') return mapClaims(client, 'access_token', { roles: [] })
  const person = await people.find(token.accountId)
  named.set(token, person)
  const { authTime, acr, amr } = authenticationOf(ctx)
  const claims = { roles: person?.roles ?? [], auth_time: authTime, acr, amr }
  const more = mappingsOf(client, 'access_token').some(({ from }) => from !== null && !(from in claims))
  return mapClaims(client, 'access_token', claims, more && person ? { ...granted(ctx, person), ...claims } : claims)
}

/** What the person has granted, of the scopes that this request is about: a refresh can be about fewer. */
function granted({ oidc }: KoaContextWithOIDC, person: Person): Claims {
  const { RefreshToken, AuthorizationCode } = oidc.entities
  const source = oidc.params?.scope ? undefined : (RefreshToken ?? AuthorizationCode)
  const requested = source?.scopes ?? oidc.requestParamScopes
  const scopes = Object.keys(CLAIMS).filter(scope => requested.has(scope))
  return claimsOfScopes(person, oidc.grant!.getOIDCScopeFiltered(new Set(scopes)).split(' '))
}

/** The authentication behind a token: the code or refresh token has it, or else the session at the authorization endpoint. */
function authenticationOf({ oidc }: KoaContextWithOIDC) {
  const { RefreshToken, AuthorizationCode } = oidc.entities
  return (
    RefreshToken ?? AuthorizationCode ?? { authTime: oidc.session?.authTime(), acr: oidc.acr, amr: oidc.session?.amr }
  )
}
