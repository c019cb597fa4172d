import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Actor } from '../base/actor.ts'
import { NotFound } from '../base/refusals.ts'
import type { IdentityLinks, Named } from '../federation/identity-links.ts'
import type { IdentityProvider } from '../federation/identity-provider.ts'
import type { Mirroring } from './mirroring.ts'
import { UpstreamRefused } from './upstream-refused.ts'

/** Whoever is connected with an account comes again. */
export class Acquaintances {
  readonly #em: SqlEntityManager
  readonly #identityLinks: IdentityLinks
  readonly #mirroring: Mirroring

  constructor({
    em,
    identityLinks,
    mirroring,
  }: {
    em: SqlEntityManager
    identityLinks: IdentityLinks
    mirroring: Mirroring
  }) {
    this.#em = em
    this.#identityLinks = identityLinks
    this.#mirroring = mirroring
  }

  /**
   * The connection is looked for once more where nobody can take it away: who parted from it, or lost it to the owner of
   * the address, in the same moment is not let in by it.
   * @param account as it was found a moment ago @returns whether it is still theirs @throws UpstreamRefused `suspended`
   */
  async greet(account: Account, provider: IdentityProvider, person: Named, { by }: { by: Actor }): Promise<boolean> {
    try {
      return await oneAtATime(this.#em, account, { by }, async () => {
        const link = await this.#identityLinks.find(provider, person.identity.subject)
        if (link?.account !== account) return false
        if (!account.active) throw new UpstreamRefused('suspended', account.id)
        this.#identityLinks.use(link, person)
        const owner: Actor = { ...by, kind: 'account', id: account.id }
        await this.#mirroring.renew(account, provider, person.identity, { by: owner })
        return true
      })
    } catch (error) {
      if (error instanceof NotFound && error.code === 'account_gone') return false
      throw error
    }
  }
}
