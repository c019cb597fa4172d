import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Actor } from '../base/actor.ts'
import { Conflict } from '../base/refusals.ts'
import type { FactorLetters } from '../credentials/factor-letters.ts'
import type { Answer } from '../federation/answer.ts'
import type { IdentityLink } from '../federation/identity-link.ts'
import type { IdentityLinks, Named } from '../federation/identity-links.ts'
import type { IdentityProvider } from '../federation/identity-provider.ts'
import type { IdentityProviders } from '../federation/identity-providers.ts'
import { identityOf } from '../federation/mapping.ts'
import type { Erasure } from './erasure.ts'
import type { Guests } from './guests.ts'
import { checkDomain, UpstreamRefused } from './upstream-refused.ts'
import type { WaysIn } from './ways-in.ts'

/** Connecting an account with upstream providers, and parting them again. A letter tells of each. */
export class Linking {
  readonly #em: SqlEntityManager
  readonly #identityProviders: IdentityProviders
  readonly #identityLinks: IdentityLinks
  readonly #guests: Guests
  readonly #waysIn: WaysIn
  readonly #erasure: Erasure
  readonly #letters: FactorLetters

  constructor({
    em,
    identityProviders,
    identityLinks,
    guests,
    waysIn,
    erasure,
    factorLetters,
  }: {
    em: SqlEntityManager
    identityProviders: IdentityProviders
    identityLinks: IdentityLinks
    guests: Guests
    waysIn: WaysIn
    erasure: Erasure
    factorLetters: FactorLetters
  }) {
    this.#em = em
    this.#identityProviders = identityProviders
    this.#identityLinks = identityLinks
    this.#guests = guests
    this.#waysIn = waysIn
    this.#erasure = erasure
    this.#letters = factorLetters
  }

  /**
   * At the end of a sign-in, whose whole way in has just been gone: a guest who waits here for this very account has
   * shown that it is theirs, and is connected. Whoever else waits here waits no longer.
   * @returns what people know the provider as; null where nobody was connected
   */
  async settle(place: string, account: Account, { by }: { by: Actor }): Promise<string | null> {
    const guest = await this.#guests.at(place)
    if (!guest || !(await this.#guests.drop(place)) || guest.accountId !== account.id) return null
    const provider = await this.#identityProviders.open(guest.providerId)
    if (!provider?.policy.linking) return null
    try {
      await this.#link(account, provider, guest, { by })
      return provider.title
    } catch (error) {
      // Somebody was faster; that is no reason to keep them out.
      if (error instanceof Conflict) return null
      throw error
    }
  }

  /**
   * By somebody who is signed in, and has shown it anew.
   * @throws UpstreamRefused `provider-off`, `domain`; Conflict where that person is connected already, here or elsewhere;
   *   SignedOut
   */
  async connect(
    account: Account,
    { id }: Pick<IdentityProvider, 'id'>,
    { claims, tokens }: Answer,
    { by }: { by: Actor },
  ): Promise<IdentityLink> {
    const provider = await this.#identityProviders.open(id)
    if (!provider) throw new UpstreamRefused('provider-off', account.id)
    const identity = identityOf(provider, claims)
    checkDomain(provider, identity, account)
    return this.#link(account, provider, { identity, tokens }, { by })
  }

  /** @throws NotFound; Forbidden `last_way_in`, SignedOut */
  async disconnect(account: Account, id: string, { by }: { by: Actor }): Promise<void> {
    await oneAtATime(this.#em, account, { by }, async () => {
      const { provider } = await this.#identityLinks.remove(account, id, { by })
      // Through a provider that is switched off nobody came in: nothing was given up.
      if (provider.enabled) await this.#waysIn.keepOne(account, 'this connection')
      await this.#letters.changed(account, 'identity-unlinked', { by, provider: provider.title })
    })
  }

  #link(account: Account, provider: IdentityProvider, person: Named, { by }: { by: Actor }): Promise<IdentityLink> {
    return oneAtATime(this.#em, account, { by }, async () => {
      await this.#erasure.ofPendingPerson(provider, person.identity)
      const link = await this.#identityLinks.add(account, provider, person, { by })
      await this.#letters.changed(account, 'identity-linked', { by, provider: provider.title })
      return link
    })
  }
}
