import { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden, NotFound } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { type PassedUpstream, type PendingIdentity, passedBy } from './pending-identities.ts'

/**
 * Takes over an account that anyone could have registered with the email: an upstream provider has verified the email of its
 * owner, and nobody has verified it here. Everything that would let the person who registered it sign in, or act in the
 * owner's name, is removed. Roles stay, since operators gave them to the owner of the email.
 */
export class AccountTakeover {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'em'
      | 'clock'
      | 'pendingIdentities'
      | 'identityProviders'
      | 'identityLinks'
      | 'passwords'
      | 'secondFactors'
      | 'factorResets'
      | 'knownBrowsers'
      | 'links'
      | 'consents'
      | 'assignments'
      | 'erasure'
      | 'claimsSync'
      | 'emails'
      | 'backchannelLogout'
      | 'artifacts'
      | 'audit'
    >,
  ) {
    this.#app = app
  }

  /** Whether the account may be taken over. One with permissions at Gatehouse itself never is. */
  async allowed(account: Account): Promise<boolean> {
    if (account.emailVerified || account.pendingSince || !account.active) return false
    return (await this.#app.assignments.rightsOf(account)).permissions.size === 0
  }

  /** @throws NotFound `pending_identity_gone`; Forbidden `takeover_not_allowed` if the account has changed; Conflict */
  async complete(
    bindingKey: string,
    { by: visitor, locale }: { by: Actor; locale?: Account['language'] },
  ): Promise<{ account: Account; passed: PassedUpstream }> {
    const pending = await this.#app.pendingIdentities.at(bindingKey)
    const provider = pending && (await this.#app.identityProviders.loadEnabled(pending.providerId))
    if (!pending?.accountId || !provider?.policy.linking || !(await this.#app.pendingIdentities.drop(bindingKey)))
      throw gone()
    const { accountId } = pending
    const by: Actor = { ...visitor, kind: 'account', id: accountId }
    const notifications = await this.#app.backchannelLogout.ofAccount(accountId)
    const account = await this.#app.em.findOneOrFail(Account, { id: accountId }, { failHandler: gone })
    await this.#app.atomically.on(account, { by }, async () => {
      if (!pending.takeoverAllowed || account.email !== pending.identity.email || !(await this.allowed(account)))
        throw new Forbidden('this account cannot be taken over', 'takeover_not_allowed')
      await this.#empty(account, { by })
      await this.#fill(account, provider, pending, { by, locale })
      this.#app.audit.record('account.taken-over', { by, subject: account.id, target: provider.name })
      const takenOver = { by, change: 'account-taken-over', provider: provider.title } as const
      await this.#app.emails.send('factor-changed', account, takenOver)
      await this.#app.backchannelLogout.send(notifications)
    })
    await this.#app.artifacts.dropAccount(account.id)
    return { account, passed: passedBy(pending) }
  }

  async #empty(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.passwords.forget(account, { by })
    await this.#app.factorResets.cancel(account, { by })
    await this.#app.secondFactors.reset(account, { by })
    await this.#app.knownBrowsers.forget(account)
    await this.#app.identityLinks.removeAll(account, { by })
    await this.#app.consents.removeAll(account)
    await this.#app.links.endAll(account)
    Object.assign(account, { deletionDue: null, secondFactorDue: null, passkeyOfferAt: null, profileUpdatedAt: null })
    account.signOutEverywhere(this.#app.clock.now())
  }

  async #fill(
    account: Account,
    provider: IdentityProvider,
    pending: PendingIdentity,
    { by, locale }: { by: Actor; locale: Account['language'] | undefined },
  ): Promise<void> {
    await this.#app.claimsSync.fill(account, pending.identity, { by, name: pending.identity.name, locale })
    account.markEmailVerified()
    await this.#app.erasure.ofPendingPerson(provider, pending.identity)
    this.#app.identityLinks.recordUse(await this.#app.identityLinks.add(account, provider, pending, { by }), pending)
    await this.#app.claimsSync.renew(account, provider, pending.identity, { by })
  }
}

function gone(): Error {
  return new NotFound('this sign-in has no pending identity', 'pending_identity_gone')
}
