import type { Needs } from '../../base/nouns.ts'
import { type Claims, type Identity, identityOf } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { SUBSCRIBER } from '../../roles/role.ts'

type Parts = Needs<'accounts' | 'config' | 'identityLinks' | 'justInTimeRegistration' | 'roles'>

export const OUTCOMES = ['returning', 'new-account', 'link-account', 'missing-email', 'refused'] as const

export interface PreviewedSignIn extends Outcome, Omit<Identity, 'roles'> {
  /** The roles that the account would have from the provider. */
  roles: string[]
  /** Those that do not exist here. */
  unknownRoles: string[]
}

/**
 * What Gatehouse would read from a set of claims of a provider, and what would happen at the sign-in. Changes nothing.
 * @throws InvalidInput `subject`
 */
export async function previewSignIn(app: Parts, provider: IdentityProvider, claims: Claims): Promise<PreviewedSignIn> {
  const { roles, ...identity } = identityOf(provider, claims)
  const { outcome, because } = await outcomeOf(app, provider, { ...identity, roles })
  const existing = new Set((await app.roles.list()).map(role => role.name))
  const atFirst = ['new-account', 'missing-email'].includes(outcome) ? [SUBSCRIBER, ...provider.policy.roles] : []
  const named = [...new Set([...atFirst, ...(roles ?? [])])]
  const [known, unknown] = [named.filter(role => existing.has(role)), named.filter(role => !existing.has(role))]
  return { outcome, because, ...identity, roles: known, unknownRoles: unknown }
}

/** What would happen: a word for programs, as in account-matching.ts, and a sentence. */
interface Outcome {
  outcome: (typeof OUTCOMES)[number]
  because: string
}

/** Predicts the decision of the account matching, in the same order. */
async function outcomeOf(app: Parts, provider: IdentityProvider, identity: Identity): Promise<Outcome> {
  const { policy, title } = provider
  const { subject, email, emailVerified } = identity
  const domain = emailVerified ? email?.split('@').at(-1) : undefined
  if (policy.domains.length > 0 && !(domain && policy.domains.includes(domain)))
    return refused(`only verified emails at ${policy.domains.join(', ')} are admitted`)
  const account = (await app.identityLinks.find(provider, subject))?.account
  if (account && account.pendingSince == null)
    return account.active ? one('returning', `signs in as ${account.email}`) : refused(`${account.email} is suspended`)
  const closed = refused(
    `no account is connected, and ${title} creates none (--no-registration, or REGISTRATION=closed)`,
  )
  const holder = email === null ? null : await app.accounts.findByEmail(email)
  const taken = holder !== null && holder.pendingSince == null
  if (taken && emailVerified)
    return policy.linking
      ? one('link-account', `is asked to prove ownership of the account ${email}, which is then connected`)
      : refused(`${email} has an account, and connecting accounts at sign-in is off (--no-linking)`)
  if (!app.justInTimeRegistration.admits(provider)) return closed
  if (email === null) return one('missing-email', 'is asked for an email: the claims contain none')
  if (emailVerified) return one('new-account', `gets an account with the verified email ${email}`)
  if (app.config.emailVerification === 'required')
    return one('missing-email', `is asked for an email and has to verify it: ${title} has not verified ${email}`)
  return taken
    ? one('missing-email', `is asked for an email: ${email} has an account, and ${title} has not verified it`)
    : one('new-account', `gets an account with the unverified email ${email}`)
}

function one(outcome: Outcome['outcome'], because: string): Outcome {
  return { outcome, because }
}

function refused(because: string): Outcome {
  return one('refused', because)
}
