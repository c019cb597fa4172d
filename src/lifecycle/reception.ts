import type { Account } from '../accounts/account.ts'
import { cleanName } from '../accounts/accounts.ts'
import { normalizeEmail } from '../accounts/email.ts'
import type { Trail } from '../audit/trail.ts'
import type { Clock } from '../base/clock.ts'
import { InvalidInput, NotFound } from '../base/refusals.ts'
import type { Answer } from '../federation/answer.ts'
import type { IdentityLinks, Named } from '../federation/identity-links.ts'
import type { IdentityProvider } from '../federation/identity-provider.ts'
import type { IdentityProviders } from '../federation/identity-providers.ts'
import { identityOf } from '../federation/mapping.ts'
import { type Limits, network } from '../limits/limits.ts'
import type { Acquaintances } from './acquaintances.ts'
import type { Circumstances, Enrolment } from './enrolment.ts'
import { type Guest, type Guests, type PassedUpstream, passedBy } from './guests.ts'
import type { Newcomers } from './newcomers.ts'
import type { Reclaim } from './reclaim.ts'
import { checkApplicant } from './registration.ts'
import { checkDomain, UpstreamRefused } from './upstream-refused.ts'
import type { Verification } from './verification.ts'

export type Received =
  | {
      outcome: 'known' | 'newcomer'
      account: Account
      passed: PassedUpstream
      /** Epoch milliseconds, of before anything was looked at: a sign-out after that ends what comes of it. */
      begun: number
    }
  /** An account has that address: they say that it is theirs, and prove it. */
  | { outcome: 'connect'; guest: Guest }
  /** Their address is missing, or nobody vouches for it where it has to be proven. */
  | { outcome: 'introduce'; guest: Guest }

interface Introduced {
  /** The new account; of nobody where the address was taken, which nothing tells apart. */
  accountId: string
  /** False: the letter to the address has to be answered first. */
  admitted: boolean
  passed: PassedUpstream
}

/**
 * Who is it whom an upstream provider has named? Whoever is connected is known by provider and subject, and by nothing
 * else: an address finds nobody. To whoever it does not vouch for nothing is told of who else is here.
 */
export class Reception {
  readonly #identityProviders: IdentityProviders
  readonly #identityLinks: IdentityLinks
  readonly #guests: Guests
  readonly #newcomers: Newcomers
  readonly #acquaintances: Acquaintances
  readonly #reclaim: Reclaim
  readonly #enrolment: Enrolment
  readonly #verification: Verification
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #clock: Clock

  constructor(parts: {
    identityProviders: IdentityProviders
    identityLinks: IdentityLinks
    guests: Guests
    newcomers: Newcomers
    acquaintances: Acquaintances
    reclaim: Reclaim
    enrolment: Enrolment
    verification: Verification
    limits: Limits
    trail: Trail
    clock: Clock
  }) {
    this.#identityProviders = parts.identityProviders
    this.#identityLinks = parts.identityLinks
    this.#guests = parts.guests
    this.#newcomers = parts.newcomers
    this.#acquaintances = parts.acquaintances
    this.#reclaim = parts.reclaim
    this.#enrolment = parts.enrolment
    this.#verification = parts.verification
    this.#limits = parts.limits
    this.#trail = parts.trail
    this.#clock = parts.clock
  }

  /**
   * @param place the interaction and browser in which they came back; a guest waits there
   * @throws UpstreamRefused, which is on record then; InvalidInput where the claims do not say who it is
   */
  async receive(
    place: string,
    { id }: Pick<IdentityProvider, 'id'>,
    { claims, tokens }: Answer,
    { target = null, ...circumstances }: Circumstances & { target?: string | null },
  ): Promise<Received> {
    try {
      const provider = await this.#identityProviders.open(id)
      if (!provider) throw new UpstreamRefused('provider-off')
      return await this.#receive(place, provider, { identity: identityOf(provider, claims), tokens }, circumstances)
    } catch (error) {
      if (error instanceof UpstreamRefused) {
        const about = { subject: error.accountId, target, success: false, reason: error.code }
        await this.#trail.write('sign-in.refused', { by: circumstances.by, ...about })
      }
      throw error
    }
  }

  /**
   * A guest has typed an address: it ends in a letter, or in an account where none has to be answered.
   * @throws NotFound `guest_gone`, InvalidInput with every field that is wrong, TooManyAttempts
   */
  async introduce(
    place: string,
    { email, name }: { email: string; name: string | null },
    circumstances: Circumstances,
  ): Promise<Introduced> {
    const guest = await this.#guests.at(place)
    const provider = guest && (await this.#identityProviders.open(guest.providerId))
    if (!guest || guest.accountId !== null || !provider || !this.#newcomers.admits(provider))
      throw new NotFound('nobody waits here any more', 'guest_gone')
    checkApplicant({ email, name })
    const typed = { email: normalizeEmail(email), name: cleanName(name) }
    const { by, locale } = circumstances
    await this.#limits.registrationByAddress.take(network(by.ip))
    const passed = passedBy(guest)
    const connect = (account: Account) =>
      this.#newcomers.furnish(account, provider, guest, { by, name: typed.name, locale })
    if (this.#verification.required) {
      const { accountId } = await this.#enrolment.begin({ ...typed, password: null, connect }, circumstances)
      await this.#guests.drop(place)
      return { accountId, admitted: false, passed }
    }
    const admitted = await this.#newcomers.admit(provider, guest, { ...typed, vouched: false }, circumstances)
    if ('holder' in admitted)
      throw new InvalidInput({ email: 'taken' }, 'email: an account with this address exists already')
    await this.#guests.drop(place)
    await this.#verification.offer(admitted.account, circumstances)
    return { accountId: admitted.account.id, admitted: true, passed }
  }

  async #receive(
    place: string,
    provider: IdentityProvider,
    person: Named,
    circumstances: Circumstances,
  ): Promise<Received> {
    const { identity } = person
    const begun = this.#clock.now().getTime()
    const link = await this.#identityLinks.find(provider, identity.subject)
    const known = link && link.account.pendingSince == null ? link.account : null
    checkDomain(provider, identity, known ?? undefined)
    if (known && (await this.#acquaintances.greet(known, provider, person, circumstances)))
      return { outcome: 'known', account: known, passed: passedBy(person), begun }
    const { email, emailVerified: vouched, name } = identity
    const introduce = async (): Promise<Received> => {
      if (!this.#newcomers.admits(provider)) throw new UpstreamRefused('registration-closed')
      return { outcome: 'introduce', guest: await this.#wait(place, provider, person, null) }
    }
    if (!email || (!vouched && (this.#verification.required || !this.#newcomers.admits(provider)))) return introduce()
    const admitted = await this.#newcomers.admit(provider, person, { email, name, vouched }, circumstances)
    if ('holder' in admitted) {
      const { holder } = admitted
      if (!vouched) return introduce()
      if (!holder || !provider.policy.linking) throw new UpstreamRefused('address-taken', holder?.id)
      return { outcome: 'connect', guest: await this.#wait(place, provider, person, holder) }
    }
    const { account, made } = admitted
    // Somebody has connected them meanwhile: they are known by that like anybody else.
    if (!made) return this.#receive(place, provider, person, circumstances)
    if (!vouched) await this.#verification.offer(account, circumstances)
    return { outcome: 'newcomer', account, passed: passedBy(person), begun }
  }

  async #wait(place: string, { id, policy }: IdentityProvider, { identity, tokens }: Named, holder: Account | null) {
    const guest: Guest = {
      providerId: id,
      identity,
      tokens: policy.keepTokens ? tokens : null,
      accountId: holder?.id ?? null,
      reclaimable: holder !== null && (await this.#reclaim.allowed(holder)),
    }
    await this.#guests.keep(place, guest)
    return guest
  }
}
