import type { App } from '../../src/app.ts'
import { type Claims, type Identity, identityOf } from '../../src/federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'
import { SUBSCRIBER } from '../../src/roles/role.ts'
import { usageError } from '../kit/failures.ts'
import type { Io } from '../kit/io.ts'
import type { Work } from '../kit/verb.ts'

/** What Gatehouse would read from a set of claims, and what would happen at sign-in. Changes nothing. */
export async function preview({ app, io, out }: Work, name: string): Promise<void> {
  const provider = await app.identityProviders.find(name)
  if (io.interactive) out.note('Paste the claims as JSON, then press Ctrl-D.')
  const { roles, ...identity } = identityOf(provider, await claimsIn(io))
  const { outcome, because } = await outcomeOf(app, provider, { ...identity, roles })
  const existing = new Set((await app.roles.list()).map(role => role.name))
  const atFirst = ['new-account', 'missing-email'].includes(outcome) ? [SUBSCRIBER, ...provider.policy.roles] : []
  const named = [...new Set([...atFirst, ...(roles ?? [])])]
  const [known, unknown] = [named.filter(role => existing.has(role)), named.filter(role => !existing.has(role))]
  out.record({ outcome, because, ...identity, roles: known, unknownRoles: unknown })
}

async function claimsIn(io: Io): Promise<Claims> {
  const text = await io.read('stdin')
  try {
    const claims: unknown = JSON.parse(text)
    if (typeof claims === 'object' && claims !== null && !Array.isArray(claims)) return claims as Claims
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw usageError('standard input is not a JSON object', 'Expected claims such as {"sub": "248289761001"}.')
}

/** What would happen at sign-in: a word for programs, as in lifecycle/upstream/account-matching.ts, and a sentence. */
interface Outcome {
  outcome: 'returning' | 'new-account' | 'link-account' | 'missing-email' | 'refused'
  because: string
}

/** Predicts the decision of the account matching, in the same order. */
async function outcomeOf(app: App, provider: IdentityProvider, identity: Identity): Promise<Outcome> {
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
