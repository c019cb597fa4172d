import type { Client as ClientModel, Configuration, FindAccount } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { ExtraMetadata } from '../clients/client-metadata.ts'
import { claimsOf } from './claims.ts'
import type { People, Person } from './people.ts'

type Verifying = Pick<App, 'verification'>

/**
 * Whom a session or token from that moment (epoch seconds) still stands for. Nobody is found who is gone, suspended, has
 * yet to prove their address, or has signed out everywhere since; so even a record that a revocation missed, or that a
 * restored Redis brought back, is refused.
 */
export async function standsFor(
  people: People,
  { verification }: Verifying,
  id: string,
  since: number | undefined,
): Promise<Person | null> {
  const person = await people.find(id)
  if (!person?.active || verification.owedBy(person)) return null
  return since !== undefined && since < person.signedOutAt ? null : person
}

/** The library asks before every answer that concerns a person. */
export function findAccountAmong(people: People, verifying: Verifying): FindAccount {
  return async (ctx, sub, token) => {
    const since = token ? issuedAt(token) : ctx.oidc.session?.loginTs
    const person = await standsFor(people, verifying, sub, since)
    // What was given before the client demanded it; at a sign-in the policy leads the person through it.
    if (token && lacksProof(ctx.oidc.client, person)) return undefined
    return person ? { accountId: person.id, claims: () => claimsOf(person) } : undefined
  }
}

/** Whether the client is for people with a proven address alone, and this person has not proven theirs. */
export function lacksProof(client: ClientModel | undefined, person: Person | null): boolean {
  return (client as Partial<ExtraMetadata> | undefined)?.verified_email_required === true && !person?.emailVerified
}

/** A refresh token counts from its family's first one, a code or token from its own issue. */
function issuedAt(token: { iat?: number; iiat?: number; authTime?: number }): number | undefined {
  return token.authTime ?? token.iiat ?? token.iat
}

/**
 * Every access token says what roles its bearer has, and when and how they signed in (RFC 9068 section 2.2.1): APIs need no second
 * request, and can ask for a recent or a stronger sign-in (RFC 9470). A client in its own name has neither.
 */
export function tokenClaims(people: People): NonNullable<Configuration['extraTokenClaims']> {
  return async (ctx, token) => {
    if (token.kind !== 'AccessToken') return { roles: [] }
    const person = await people.find(token.accountId)
    const { AuthorizationCode, RefreshToken } = ctx.oidc.entities
    const { authTime, acr, amr } = RefreshToken ?? AuthorizationCode ?? {}
    return {
      roles: person?.roles ?? [],
      ...(authTime === undefined ? {} : { auth_time: authTime }),
      ...(acr === undefined ? {} : { acr }),
      ...(amr === undefined ? {} : { amr }),
    }
  }
}
