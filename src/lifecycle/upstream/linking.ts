import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { IdentityLink } from '../../federation/identity-link.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import type { AuthenticationResult } from '../../federation/protocol/authentication-result.ts'
import { identityOf } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { checkDomain, UpstreamRefused } from './upstream-refused.ts'

/** Connecting an account with upstream providers, and parting them again. An email tells of each. */
export class Linking {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'identityProviders'
      | 'identityLinks'
      | 'pendingIdentities'
      | 'signInMethods'
      | 'erasure'
      | 'emails'
    >,
  ) {
    this.#app = app
  }

  /**
   * At the end of a sign-in, whose whole way in has just been gone: a pending identity that waits here for this very account has
   * shown that it is theirs, and is connected. Whoever else waits here waits no longer.
   * @returns what people know the provider as; null where nobody was connected
   */
  async settle(place: string, account: Account, { by }: { by: Actor }): Promise<string | null> {
    const pending = await this.#app.pendingIdentities.at(place)
    if (!pending || !(await this.#app.pendingIdentities.drop(place)) || pending.accountId !== account.id) return null
    const provider = await this.#app.identityProviders.loadEnabled(pending.providerId)
    if (!provider?.policy.linking) return null
    try {
      await this.#link(account, provider, pending, { by })
      return provider.title
    } catch (error) {
      // Somebody was faster; that is no reason to keep them out.
      if (error instanceof Conflict) return null
      throw error
    }
  }

  /**
   * By somebody who is signed in, and has shown it anew.
   * @throws UpstreamRefused `provider_off`, `domain`; Conflict where that person is connected already, here or elsewhere;
   *   SignedOut
   */
  async connect(
    account: Account,
    { id }: Pick<IdentityProvider, 'id'>,
    { claims, tokens }: AuthenticationResult,
    { by }: { by: Actor },
  ): Promise<IdentityLink> {
    const provider = await this.#app.identityProviders.loadEnabled(id)
    if (!provider) throw new UpstreamRefused('provider_off', account.id)
    const identity = identityOf(provider, claims)
    checkDomain(provider, identity, account)
    return this.#link(account, provider, { identity, tokens }, { by })
  }

  /** @throws NotFound; Forbidden `last_sign_in_method`, SignedOut */
  async disconnect(account: Account, id: string, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      const { provider } = await this.#app.identityLinks.remove(account, id, { by })
      // Through a provider that is switched off nobody came in: nothing was given up.
      if (provider.enabled) await this.#app.signInMethods.keepOne(account, 'this connection')
      await this.#app.emails.send('factor-changed', account, {
        by,
        change: 'identity-unlinked',
        provider: provider.title,
      })
    })
  }

  #link(
    account: Account,
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    { by }: { by: Actor },
  ): Promise<IdentityLink> {
    return this.#app.atomically.on(account, { by }, async () => {
      await this.#app.erasure.ofPendingPerson(provider, person.identity)
      const link = await this.#app.identityLinks.add(account, provider, person, { by })
      await this.#app.emails.send('factor-changed', account, {
        by,
        change: 'identity-linked',
        provider: provider.title,
      })
      return link
    })
  }
}
