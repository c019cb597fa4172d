import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { NotFound } from '../../base/refusals.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import type { IdentityProvider } from '../../federation/providers/identity-provider.ts'
import { UpstreamRefused } from './upstream-refused.ts'

/** Whoever is connected with an account comes again. */
export class ReturningIdentities {
  readonly #app

  constructor(app: Needs<'atomically' | 'identityLinks' | 'claimsSync'>) {
    this.#app = app
  }

  /**
   * The connection is looked for once more where nobody can take it away: who parted from it, or lost it to the owner of
   * the address, in the same moment is not let in by it.
   * @param account as it was found a moment ago @returns whether it is still theirs @throws UpstreamRefused `suspended`
   */
  async greet(
    account: Account,
    provider: IdentityProvider,
    person: AuthenticatedIdentity,
    { by }: { by: Actor },
  ): Promise<boolean> {
    try {
      return await this.#app.atomically.on(account, { by }, async () => {
        const link = await this.#app.identityLinks.find(provider, person.identity.subject)
        if (link?.account !== account) return false
        if (!account.active) throw new UpstreamRefused('suspended', account.id)
        this.#app.identityLinks.recordUse(link, person)
        const owner: Actor = { ...by, kind: 'account', id: account.id }
        await this.#app.claimsSync.renew(account, provider, person.identity, { by: owner })
        return true
      })
    } catch (error) {
      if (error instanceof NotFound && error.code === 'account_gone') return false
      throw error
    }
  }
}
