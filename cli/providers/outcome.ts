import type { App } from '../../src/app.ts'
import type { IdentityProvider } from '../../src/federation/identity-provider.ts'
import type { Identity } from '../../src/federation/mapping.ts'

/** What would happen to somebody whom a provider names so: a word for programs, and a sentence. */
interface Outcome {
  outcome: 'known' | 'newcomer' | 'connect' | 'introduce' | 'refused'
  because: string
}

/** Foretells what reception decides, in its order. */
export async function outcomeOf(app: App, provider: IdentityProvider, identity: Identity): Promise<Outcome> {
  const { policy, title } = provider
  const { subject, email, emailVerified } = identity
  const domain = emailVerified ? email?.split('@').at(-1) : undefined
  if (policy.domains.length > 0 && !(domain && policy.domains.includes(domain)))
    return refused(`only people with a vouched address at ${policy.domains.join(', ')} come in`)
  const account = (await app.identityLinks.find(provider, subject))?.account
  if (account && account.pendingSince == null)
    return account.active ? one('known', `signed in as ${account.email}`) : refused(`${account.email} is suspended`)
  const closed = refused(
    `there is no account connected to them, and ${title} makes none (--no-registration, or REGISTRATION=closed)`,
  )
  const holder = email === null ? null : await app.accounts.findByEmail(email)
  const taken = holder !== null && holder.pendingSince == null
  if (taken && emailVerified)
    return policy.linking
      ? one('connect', `asked whether the account of ${email} is theirs, and for proof of it`)
      : refused(`${email} has an account, and connecting it at sign-in is off (--no-linking)`)
  if (!app.newcomers.admits(provider)) return closed
  if (email === null) return one('introduce', 'asked for an address: the claims hold none')
  if (emailVerified) return one('newcomer', `gets an account with the address ${email}, which counts as proven`)
  if (app.config.emailVerification === 'required')
    return one('introduce', `asked for an address, and sent a letter: ${title} does not vouch for ${email}`)
  return taken
    ? one('introduce', `asked for an address: ${email} has an account, and ${title} does not vouch for it`)
    : one('newcomer', `gets an account with the address ${email}, which nobody has proven`)
}

function one(outcome: Outcome['outcome'], because: string): Outcome {
  return { outcome, because }
}

function refused(because: string): Outcome {
  return one('refused', because)
}
