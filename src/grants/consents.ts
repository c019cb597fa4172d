import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import type { Needs } from '../base/nouns.ts'
import { Consent, type RequestedAccess } from './consent.ts'

/** What people have allowed applications. Withdrawing it ends every grant that was made under it. */
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

  /** Adds to what was allowed before. Two windows that allow it in the same moment both get on. */
  async give(accountId: string, clientId: string, asked: RequestedAccess, { by }: { by: Actor }): Promise<void> {
    try {
      await this.#add(accountId, clientId, asked, by)
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
      this.#app.em.clear()
      await this.#add(accountId, clientId, asked, by)
    }
  }

  async #add(accountId: string, clientId: string, asked: RequestedAccess, by: Actor): Promise<void> {
    const consent = (await this.find(accountId, clientId)) ?? this.#fresh(accountId, clientId)
    consent.add(asked, this.#app.clock.now())
    this.#app.audit.record('consent.given', { by, subject: accountId, target: clientId })
    await this.#app.em.flush()
  }

  /** The application's tokens die at once. @returns whether there was anything to withdraw */
  async revoke(accountId: string, clientId: string, { by }: { by: Actor }): Promise<boolean> {
    const consent = await this.find(accountId, clientId)
    if (consent) this.#app.em.remove(consent)
    this.#app.audit.record('consent.revoked', { by, subject: accountId, target: clientId })
    await this.#app.em.flush()
    const grants = await this.#app.grants.drop(await this.#app.grants.of(accountId, { clientId }))
    return consent !== null || grants.length > 0
  }

  /** All of a person's at once: whoever takes over an account allowed nobody anything yet. Grants are ended elsewhere. */
  async removeAll(account: Account): Promise<void> {
    await this.#app.em.nativeDelete(Consent, { account })
  }

  #fresh(accountId: string, clientId: string): Consent {
    return this.#app.em.create(Consent, {
      account: accountId,
      client: clientId,
      scopes: [],
      claims: [],
      resources: {},
      givenAt: this.#app.clock.now(),
    })
  }
}
