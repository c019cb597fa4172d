import type { Account } from '../../accounts/account.ts'
import { cleanName } from '../../accounts/accounts.ts'
import { normalizeEmail } from '../../accounts/email.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { InvalidInput, NotFound } from '../../base/refusals.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import type { AuthenticationResult } from '../../federation/protocol/authentication-result.ts'
import { identityOf } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import type { Circumstances } from '../registration/pending-registration.ts'
import { checkApplicant } from '../registration/registration.ts'
import { type PassedUpstream, type PendingIdentity, passedBy } from './pending-identities.ts'
import { checkDomain, UpstreamRefused } from './upstream-refused.ts'

export type Matched =
  | {
      outcome: 'known' | 'newcomer'
      account: Account
      passed: PassedUpstream
      /** Epoch milliseconds, of before anything was looked at: a sign-out after that ends what comes of it. */
      begun: number
    }
  /** An account has that address: they say that it is theirs, and prove it. */
  | { outcome: 'connect'; pending: PendingIdentity }
  /** Their address is missing, or nobody vouches for it where it has to be proven. */
  | { outcome: 'introduce'; pending: PendingIdentity }

interface Introduced {
  /** The new account; of nobody where the address was taken, which nothing tells apart. */
  accountId: string
  /** False: the email to the address has to be answered first. */
  admitted: boolean
  passed: PassedUpstream
}

/**
 * Who is it whom an upstream provider has named? Whoever is connected is known by provider and subject, and by nothing
 * else: an address finds nobody. To whoever it does not vouch for nothing is told of who else is here.
 */
export class AccountMatching {
  readonly #app

  constructor(
    app: Needs<
      | 'identityProviders'
      | 'identityLinks'
      | 'pendingIdentities'
      | 'justInTimeRegistration'
      | 'returningIdentities'
      | 'accountTakeover'
      | 'pendingRegistration'
      | 'verification'
      | 'limits'
      | 'audit'
      | 'clock'
    >,
  ) {
    this.#app = app
  }

  /**
   * @param place the interaction and browser in which they came back; the pending identity is kept there
   * @throws UpstreamRefused, which is on record then; InvalidInput where the claims do not say who it is
   */
  async receive(
    place: string,
    { id }: Pick<IdentityProvider, 'id'>,
    { claims, tokens }: AuthenticationResult,
    { target = null, ...circumstances }: Circumstances & { target?: string | null },
  ): Promise<Matched> {
    try {
      const provider = await this.#app.identityProviders.loadEnabled(id)
      if (!provider) throw new UpstreamRefused('provider_off')
      return await this.#receive(place, provider, { identity: identityOf(provider, claims), tokens }, circumstances)
    } catch (error) {
      if (error instanceof UpstreamRefused) {
        const about = { subject: error.accountId, target, reason: error.reason }
        await this.#app.audit.write('sign-in.refused', { by: circumstances.by, ...about })
      }
      throw error
    }
  }

  /**
   * The person has typed an address: it ends in an email, or in an account where none has to be answered.
   * @throws NotFound `pending_identity_gone`, InvalidInput with every field that is wrong, TooManyAttempts
   */
  async introduce(
    place: string,
    { email, name }: { email: string; name: string | null },
    circumstances: Circumstances,
  ): Promise<Introduced> {
    const pending = await this.#app.pendingIdentities.at(place)
    const provider = pending && (await this.#app.identityProviders.loadEnabled(pending.providerId))
    if (!pending || pending.accountId !== null || !provider || !this.#app.justInTimeRegistration.admits(provider))
      throw new NotFound('nobody waits here any more', 'pending_identity_gone')
    checkApplicant({ email, name })
    const typed = { email: normalizeEmail(email), name: cleanName(name) }
    const { by, locale } = circumstances
    await this.#app.limits.registrationByIp.take(network(by.ip))
    const passed = passedBy(pending)
    const connect = (account: Account) =>
      this.#app.justInTimeRegistration.furnish(account, provider, pending, { by, name: typed.name, locale })
    if (this.#app.verification.required) {
      const { accountId } = await this.#app.pendingRegistration.begin(
        { ...typed, password: null, connect },
        circumstances,
      )
      await this.#app.pendingIdentities.drop(place)
      return { accountId, admitted: false, passed }
    }
    const admitted = await this.#app.justInTimeRegistration.admit(
      provider,
      pending,
      { ...typed, vouched: false },
      circumstances,
    )
    if ('holder' in admitted)
      throw new InvalidInput({ email: 'taken' }, 'email: an account with this address exists already')
    await this.#app.pendingIdentities.drop(place)
    await this.#app.verification.offer(admitted.account, circumstances)
    return { accountId: admitted.account.id, admitted: true, passed }
  }

  async #receive(
    place: string,
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    circumstances: Circumstances,
  ): Promise<Matched> {
    const { identity } = person
    const begun = this.#app.clock.now().getTime()
    const link = await this.#app.identityLinks.find(provider, identity.subject)
    const known = link && link.account.pendingSince == null ? link.account : null
    checkDomain(provider, identity, known ?? undefined)
    if (known && (await this.#app.returningIdentities.greet(known, provider, person, circumstances)))
      return { outcome: 'known', account: known, passed: passedBy(person), begun }
    const { email, emailVerified: vouched, name } = identity
    const introduce = async (): Promise<Matched> => {
      if (!this.#app.justInTimeRegistration.admits(provider)) throw new UpstreamRefused('registration_closed')
      return { outcome: 'introduce', pending: await this.#wait(place, provider, person, null) }
    }
    if (!email || (!vouched && (this.#app.verification.required || !this.#app.justInTimeRegistration.admits(provider))))
      return introduce()
    const admitted = await this.#app.justInTimeRegistration.admit(
      provider,
      person,
      { email, name, vouched },
      circumstances,
    )
    if ('holder' in admitted) {
      const { holder } = admitted
      if (!vouched) return introduce()
      if (!holder || !provider.policy.linking) throw new UpstreamRefused('address_taken', holder?.id)
      return { outcome: 'connect', pending: await this.#wait(place, provider, person, holder) }
    }
    const { account, made } = admitted
    // Somebody has connected them meanwhile: they are known by that like anybody else.
    if (!made) return this.#receive(place, provider, person, circumstances)
    if (!vouched) await this.#app.verification.offer(account, circumstances)
    return { outcome: 'newcomer', account, passed: passedBy(person), begun }
  }

  async #wait(
    place: string,
    { id, policy }: IdentityProvider,
    { identity, tokens }: AuthenticatedIdentity,
    holder: Account | null,
  ) {
    const pending: PendingIdentity = {
      providerId: id,
      identity,
      tokens: policy.keepTokens ? tokens : null,
      accountId: holder?.id ?? null,
      takeoverAllowed: holder !== null && (await this.#app.accountTakeover.allowed(holder)),
    }
    await this.#app.pendingIdentities.keep(place, pending)
    return pending
  }
}
