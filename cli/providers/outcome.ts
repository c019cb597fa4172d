import type { App } from '../../src/app.ts'
import type { Identity } from '../../src/federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../src/federation/providers/identity-provider.ts'

/** What would happen at sign-in: a word for programs, and a sentence. */
interface Outcome {
  outcome: 'known' | 'newcomer' | 'connect' | 'introduce' | 'refused'
  because: string
}

/** Predicts the decision of the account matching, in the same order. */
export async function outcomeOf(app: App, provider: IdentityProvider, identity: Identity): Promise<Outcome> {
  const { policy, title } = provider
  const { subject, email, emailVerified } = identity
  const domain = emailVerified ? email?.split('@').at(-1) : undefined
  if (policy.domains.length > 0 && !(domain && policy.domains.includes(domain)))
    return refused(`only verified emails at ${policy.domains.join(', ')} are admitted`)
  const account = (await app.identityLinks.find(provider, subject))?.account
  if (account && account.pendingSince == null)
    return account.active ? one('known', `signs in as ${account.email}`) : refused(`${account.email} is suspended`)
  const closed = refused(
    `no account is connected, and ${title} creates none (--no-registration, or REGISTRATION=closed)`,
  )
  const holder = email === null ? null : await app.accounts.findByEmail(email)
  const taken = holder !== null && holder.pendingSince == null
  if (taken && emailVerified)
    return policy.linking
      ? one('connect', `is asked to prove ownership of the account ${email}, which is then connected`)
      : refused(`${email} has an account, and connecting accounts at sign-in is off (--no-linking)`)
  if (!app.justInTimeRegistration.admits(provider)) return closed
  if (email === null) return one('introduce', 'is asked for an email: the claims contain none')
  if (emailVerified) return one('newcomer', `gets an account with the verified email ${email}`)
  if (app.config.emailVerification === 'required')
    return one('introduce', `is asked for an email and has to verify it: ${title} has not verified ${email}`)
  return taken
    ? one('introduce', `is asked for an email: ${email} has an account, and ${title} has not verified it`)
    : one('newcomer', `gets an account with the unverified email ${email}`)
}

function one(outcome: Outcome['outcome'], because: string): Outcome {
  return { outcome, because }
}

function refused(because: string): Outcome {
  return one('refused', because)
}
