import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { type Asked, Consent } from './consent.ts'
import type { Grants } from './grants.ts'

/** What people have allowed applications. Withdrawing it ends every grant that was made under it. */
export class Consents {
  readonly #em: EntityManager
  readonly #clock: Clock
  readonly #trail: Trail
  readonly #grants: Grants

  constructor({ em, clock, trail, grants }: { em: EntityManager; clock: Clock; trail: Trail; grants: Grants }) {
    this.#em = em
    this.#clock = clock
    this.#trail = trail
    this.#grants = grants
  }

  /** Newest first, with the applications. */
  of(accountId: string) {
    return this.#em.find(Consent, { account: accountId }, { populate: ['client'], orderBy: { givenAt: 'desc' } })
  }

  find(accountId: string, clientId: string): Promise<Consent | null> {
    return this.#em.findOne(Consent, { account: accountId, client: clientId })
  }

  /** Adds to what was allowed before. Two windows that allow it in the same moment both get on. */
  async give(accountId: string, clientId: string, asked: Asked, { by }: { by: Actor }): Promise<void> {
    try {
      await this.#add(accountId, clientId, asked, by)
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
      this.#em.clear()
      await this.#add(accountId, clientId, asked, by)
    }
  }

  async #add(accountId: string, clientId: string, asked: Asked, by: Actor): Promise<void> {
    const consent = (await this.find(accountId, clientId)) ?? this.#fresh(accountId, clientId)
    consent.add(asked, this.#clock.now())
    this.#trail.record('consent.given', { by, subject: accountId, target: clientId })
    await this.#em.flush()
  }

  /** The application's tokens die at once. @returns whether there was anything to withdraw */
  async withdraw(accountId: string, clientId: string, { by }: { by: Actor }): Promise<boolean> {
    const consent = await this.find(accountId, clientId)
    if (consent) this.#em.remove(consent)
    this.#trail.record('consent.withdrawn', { by, subject: accountId, target: clientId })
    await this.#em.flush()
    const grants = await this.#grants.drop(await this.#grants.of(accountId, { clientId }))
    return consent !== null || grants.length > 0
  }

  /** All of a person's at once: whoever takes over an account allowed nobody anything yet. Grants are ended elsewhere. */
  async forget(account: Account): Promise<void> {
    await this.#em.nativeDelete(Consent, { account })
  }

  #fresh(accountId: string, clientId: string): Consent {
    return this.#em.create(Consent, {
      account: accountId,
      client: clientId,
      scopes: [],
      claims: [],
      resources: {},
      givenAt: this.#clock.now(),
    })
  }
}
