import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { type Access, Consent, NO_ACCESS, union } from './consent.ts'

interface Hosts {
  /** Where the person agreed to be sent, for a client that registered itself. */
  redirectHosts?: string[]
}

/** What people have allowed applications. Revoking a consent also ends every grant of the application. */
export class Consents {
  readonly #app

  constructor(app: Needs<'em' | 'clock' | 'audit' | 'grants'>) {
    this.#app = app
  }

  /** Newest first, with the applications. */
  of(accountId: string) {
    return this.#app.em.find(Consent, { account: accountId }, { populate: ['client'], orderBy: { givenAt: 'desc' } })
  }

  find(accountId: string, clientId: string): Promise<Consent | null> {
    return this.#app.em.findOne(Consent, { account: accountId, client: clientId })
  }

  /** Adds to what was allowed before. If two windows do so at the same time, both succeed. */
  async give(accountId: string, clientId: string, access: Access & Hosts, { by }: { by: Actor }): Promise<void> {
    try {
      await this.#add(accountId, clientId, access, by)
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
      this.#app.em.clear()
      await this.#add(accountId, clientId, access, by)
    }
  }

  async #add(
    account: string,
    client: string,
    { redirectHosts = [], ...access }: Access & Hosts,
    by: Actor,
  ): Promise<void> {
    const { em, clock, audit } = this.#app
    const consent = await this.find(account, client)
    const hosts = [...new Set([...(consent?.redirectHosts ?? []), ...redirectHosts])]
    const given = { ...union(consent ?? NO_ACCESS, access), redirectHosts: hosts, givenAt: clock.now() }
    if (consent) Object.assign(consent, given)
    else em.create(Consent, { account, client, ...given })
    audit.record('consent.given', { by, subject: account, target: client })
    await em.flush()
  }

  /** The application's tokens stop working at once. @returns false if there was no consent and no grant */
  async revoke(accountId: string, clientId: string, { by }: { by: Actor }): Promise<boolean> {
    const consent = await this.find(accountId, clientId)
    if (consent) this.#app.em.remove(consent)
    this.#app.audit.record('consent.revoked', { by, subject: accountId, target: clientId })
    await this.#app.em.flush()
    const grants = await this.#app.grants.drop(await this.#app.grants.of(accountId, { clientId }))
    return consent !== null || grants.length > 0
  }

  /**
   * Removes all consents of an account that gets a new owner, who has allowed nothing. Its grants are revoked
   * elsewhere.
   */
  async removeAll(account: Account): Promise<void> {
    await this.#app.em.nativeDelete(Consent, { account })
  }
}
