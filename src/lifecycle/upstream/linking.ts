import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict, orNull } from '../../base/refusals.ts'
import type { IdentityLink } from '../../federation/identity-link.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import type { AuthenticationResult } from '../../federation/protocol/authentication-result.ts'
import { identityOf } from '../../federation/providers/claim-mapping.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { checkDomain, UpstreamRefused } from './upstream-refused.ts'

/** Links accounts with upstream identities, and removes such links. An email reports each change. */
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
   * At the end of a complete sign-in, links the pending identity if it waits for this account, since the person has now
   * proven that the account is theirs. A pending identity that waits for another account is dropped.
   * @returns the title of the provider; null if nothing was linked
   */
  async linkPending(bindingKey: string, account: Account, { by }: { by: Actor }): Promise<string | null> {
    const pending = await this.#app.pendingIdentities.at(bindingKey)
    if (!pending || !(await this.#app.pendingIdentities.drop(bindingKey)) || pending.accountId !== account.id)
      return null
    const provider = await this.#app.identityProviders.loadEnabled(pending.providerId)
    if (!provider?.policy.linking) return null
    // If another request linked it first, the sign-in continues.
    return (await orNull(Conflict, this.#link(account, provider, pending, { by }))) && provider.title
  }

  /**
   * Links an identity with the account of a person who is signed in and has re-authenticated.
   * @throws UpstreamRefused `provider_off`, `domain`; Conflict if the identity is already linked, here or with another
   *   account; SignedOut
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
      // A link with a disabled provider was not a sign-in method.
      if (provider.enabled) await this.#app.signInMethods.keepOne(account, 'this connection')
      const unlinked = { by, change: 'identity-unlinked', provider: provider.title } as const
      await this.#app.emails.send('factor-changed', account, unlinked)
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
      const linked = { by, change: 'identity-linked', provider: provider.title } as const
      await this.#app.emails.send('factor-changed', account, linked)
      return link
    })
  }
}
