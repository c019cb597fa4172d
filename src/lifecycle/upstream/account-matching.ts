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
import { checkApplicant, EMAIL_TAKEN } from '../registration/registration.ts'
import { type PassedUpstream, type PendingIdentity, passedBy } from './pending-identities.ts'
import { checkDomain, UpstreamRefused } from './upstream-refused.ts'

export type Matched =
  | {
      outcome: 'returning' | 'new-account'
      account: Account
      passed: PassedUpstream
      /** Epoch milliseconds of a moment before anything was read: a later sign-out also ends this sign-in. */
      begun: number
    }
  /** An account has this email. Its owner signs in to it, and the two are linked. */
  | { outcome: 'link-account'; pending: PendingIdentity }
  /** The provider sent no email, or an unverified one where it must be verified. The person enters one. */
  | { outcome: 'missing-email'; pending: PendingIdentity }

/**
 * Matches the identity that an upstream provider has authenticated to an account. Provider and subject alone identify a
 * linked account; an email never does. If the provider has not verified the email, the response does not reveal whether
 * an account has it.
 */
export class AccountMatching {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'identityProviders'
      | 'identityLinks'
      | 'pendingIdentities'
      | 'justInTimeRegistration'
      | 'claimsSync'
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
   * @param bindingKey the interaction and browser of the sign-in, under which the pending identity is kept
   * @throws UpstreamRefused, which has been recorded; InvalidInput if the claims identify no one
   */
  async match(
    bindingKey: string,
    { id }: Pick<IdentityProvider, 'id'>,
    { claims, tokens }: AuthenticationResult,
    { target = null, ...circumstances }: Circumstances & { target?: string | null },
  ): Promise<Matched> {
    try {
      const provider = await this.#app.identityProviders.loadEnabled(id)
      if (!provider) throw new UpstreamRefused('provider_off')
      return await this.#match(bindingKey, provider, { identity: identityOf(provider, claims), tokens }, circumstances)
    } catch (error) {
      if (error instanceof UpstreamRefused) {
        const about = { subject: error.accountId, target, reason: error.reason }
        await this.#app.audit.write('sign-in.refused', { by: circumstances.by, ...about })
      }
      throw error
    }
  }

  /**
   * Registers the pending identity with the email that the person entered.
   * @returns the ID of the new account, or a random one if the email was taken; `admitted` is false if the email has to be
   *   verified first
   * @throws NotFound `pending_identity_gone`, InvalidInput with every invalid field, TooManyAttempts
   */
  async registerWithEmail(
    bindingKey: string,
    { email, name }: { email: string; name: string | null },
    circumstances: Circumstances,
  ): Promise<{ accountId: string; admitted: boolean; passed: PassedUpstream }> {
    const { justInTimeRegistration, pendingIdentities, pendingRegistration, verification } = this.#app
    const pending = await pendingIdentities.at(bindingKey)
    const provider = pending && (await this.#app.identityProviders.loadEnabled(pending.providerId))
    if (!pending || pending.accountId !== null || !provider || !justInTimeRegistration.admits(provider))
      throw new NotFound('this sign-in has no pending identity', 'pending_identity_gone')
    checkApplicant({ email, name })
    const entered = { email: normalizeEmail(email), name: cleanName(name) }
    const { by, locale } = circumstances
    await this.#app.limits.registrationByIp.take(network(by.ip))
    const passed = passedBy(pending)
    if (verification.required) {
      const link = (account: Account) =>
        justInTimeRegistration.complete(account, provider, pending, { by, name: entered.name, locale })
      const { accountId } = await pendingRegistration.begin({ ...entered, password: null, link }, circumstances)
      await pendingIdentities.drop(bindingKey)
      return { accountId, admitted: false, passed }
    }
    const registrant = { ...entered, emailVerified: false }
    const admitted = await justInTimeRegistration.admit(provider, pending, registrant, circumstances)
    if ('holder' in admitted) throw new InvalidInput({ email: 'taken' }, EMAIL_TAKEN)
    await pendingIdentities.drop(bindingKey)
    await verification.offer(admitted.account, circumstances)
    return { accountId: admitted.account.id, admitted: true, passed }
  }

  async #match(
    bindingKey: string,
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    circumstances: Circumstances,
  ): Promise<Matched> {
    const { identity } = person
    const { justInTimeRegistration, verification } = this.#app
    const begun = this.#app.clock.now().getTime()
    const link = await this.#app.identityLinks.find(provider, identity.subject)
    const linked = link && link.account.pendingSince == null ? link.account : null
    checkDomain(provider, identity, linked ?? undefined)
    if (linked && (await this.#signIn(linked, provider, person, circumstances)))
      return { outcome: 'returning', account: linked, passed: passedBy(person), begun }
    const { email, emailVerified, name } = identity
    const missingEmail = async (): Promise<Matched> => {
      if (!justInTimeRegistration.admits(provider)) throw new UpstreamRefused('registration_closed')
      return { outcome: 'missing-email', pending: await this.#keep(bindingKey, provider, person, null) }
    }
    const unusable = !emailVerified && (verification.required || !justInTimeRegistration.admits(provider))
    if (!email || unusable) return missingEmail()
    const admitted = await justInTimeRegistration.admit(provider, person, { email, name, emailVerified }, circumstances)
    if ('holder' in admitted) {
      const { holder } = admitted
      if (!emailVerified) return missingEmail()
      if (!holder || !provider.policy.linking) throw new UpstreamRefused('address_taken', holder?.id)
      return { outcome: 'link-account', pending: await this.#keep(bindingKey, provider, person, holder) }
    }
    const { account, made } = admitted
    // The identity was linked meanwhile, so it is a returning one.
    if (!made) return this.#match(bindingKey, provider, person, circumstances)
    if (!emailVerified) await verification.offer(account, circumstances)
    return { outcome: 'new-account', account, passed: passedBy(person), begun }
  }

  /**
   * Reads the link again under the lock of the account, so that a link that is removed at the same moment lets no one in.
   * @returns false if the identity is no longer linked with the account @throws UpstreamRefused `suspended`
   */
  async #signIn(account: Account, provider: IdentityProvider, person: AuthenticatedIdentity, { by }: Circumstances) {
    try {
      return await this.#app.atomically.on(account, { by }, async () => {
        const link = await this.#app.identityLinks.find(provider, person.identity.subject)
        if (link?.account !== account) return false
        if (!account.active) throw new UpstreamRefused('suspended', account.id)
        this.#app.identityLinks.recordUse(link, person)
        const owner = { ...by, kind: 'account' as const, id: account.id }
        await this.#app.claimsSync.renew(account, provider, person.identity, { by: owner })
        return true
      })
    } catch (error) {
      if (error instanceof NotFound && error.code === 'account_gone') return false
      throw error
    }
  }

  async #keep(
    bindingKey: string,
    { id, policy }: IdentityProvider,
    { identity, tokens }: AuthenticatedIdentity,
    holder: Account | null,
  ): Promise<PendingIdentity> {
    const pending: PendingIdentity = {
      providerId: id,
      identity,
      tokens: policy.keepTokens ? tokens : null,
      accountId: holder?.id ?? null,
      takeoverAllowed: holder !== null && (await this.#app.accountTakeover.allowed(holder)),
    }
    await this.#app.pendingIdentities.keep(bindingKey, pending)
    return pending
  }
}
