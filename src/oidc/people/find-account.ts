import type { FindAccount } from 'oidc-provider'
import type { Needs } from '../../base/nouns.ts'
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
export function issuedAt(token: { iat?: number; iiat?: number; authTime?: number }): number | undefined {
  return token.authTime ?? token.iiat ?? token.iat
}
