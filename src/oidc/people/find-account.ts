import type { Configuration, FindAccount, KoaContextWithOIDC } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
import type { Resources } from '../../clients/resources.ts'
import { DEFAULT_ROLES_CLAIM, withRolesIn } from '../../clients/roles-claim.ts'
import { admits } from './admission.ts'
import { claimsOf } from './claims.ts'
import type { People, Person } from './people.ts'

/**
 * Finds the person if a session or token that began at `since` (epoch seconds) is still valid.
 * It is not if the account is gone or suspended, must still verify its email, or was signed out everywhere since.
 * So even a record that a revocation missed, or that a restored Redis brought back, is refused.
 */
export async function validPerson(
  people: People,
  { verification }: Needs<'verification'>,
  id: string,
  since: number | undefined,
): Promise<Person | null> {
  const person = await people.find(id)
  if (!person?.active || verification.owedBy(person)) return null
  return since !== undefined && since < person.signedOutAt ? null : person
}

/** The library calls this before every response about a person. */
export function findAccount(people: People, app: Needs<'verification'>): FindAccount {
  return async (ctx, sub, token) => {
    const since = token ? issuedAt(token) : ctx.oidc.session?.loginTs
    const person = await validPerson(people, app, sub, since)
    if (!person || (token && !admits(ctx.oidc.client, person))) return undefined
    return { accountId: person.id, claims: () => claimsOf(person) }
  }
}

/** When the person signed in; if unknown, when the token, or the first refresh token of its chain, was issued. */
function issuedAt(token: { iat?: number; iiat?: number; authTime?: number }): number | undefined {
  return token.authTime ?? token.iiat ?? token.iat
}

/**
 * Adds the person's roles, and when and how they signed in (RFC 9068 section 2.2.1), to every access token,
 * so that APIs need no second request and can ask for a more recent or stronger sign-in (RFC 9470).
 * A token of client credentials has empty roles and no sign-in.
 */
export function tokenClaims({ people, resources }: Parts): NonNullable<Configuration['extraTokenClaims']> {
  return async (ctx, token) => ({
    ...(await personClaims(people, ctx, token)),
    ...(await permissions(resources, token)),
  })
}

interface Parts {
  people: People
  resources: Resources
}

type Token = Parameters<NonNullable<Configuration['extraTokenClaims']>>[1]

async function personClaims(people: People, ctx: KoaContextWithOIDC, token: Token) {
  const claim = ctx.oidc.client?.roles_claim ?? DEFAULT_ROLES_CLAIM
  if (token.kind !== 'AccessToken') return withRolesIn(claim, { roles: [] })
  const person = await people.find(token.accountId)
  const { AuthorizationCode, RefreshToken } = ctx.oidc.entities
  const { authTime, acr, amr } = RefreshToken ?? AuthorizationCode ?? signIn(ctx)
  return withRolesIn(claim, { roles: person?.roles ?? [], auth_time: authTime, acr, amr })
}

/** The scopes as an array, for APIs whose verifier reads `permissions`. */
async function permissions(resources: Resources, { resourceServer, scopes }: Token) {
  const resource = resourceServer && (await resources.findCached(resourceServer.identifier()))
  return resource?.permissionsClaim ? { permissions: [...scopes] } : {}
}

/** The sign-in behind a token that the authorization endpoint returns, which has no code. */
function signIn({ oidc }: KoaContextWithOIDC) {
  return { authTime: oidc.session?.authTime(), acr: oidc.acr, amr: oidc.session?.amr }
}
