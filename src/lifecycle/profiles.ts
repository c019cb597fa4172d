import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import { type Profile, type ProfileUpdate, parseProfile } from '../accounts/profile.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'

/** The claims that were told; what was not is not there. */
export type ProfileValues = Profile & { name?: string }

/** What a person says about themselves, as they read and change it. */
export class Profiles {
  readonly #em: EntityManager
  readonly #trail: Trail
  readonly #clock: Clock

  constructor({ em, trail, clock }: { em: EntityManager; trail: Trail; clock: Clock }) {
    this.#em = em
    this.#trail = trail
    this.#clock = clock
  }

  of({ name, profile }: Account): ProfileValues {
    return { ...(name ? { name } : {}), ...profile }
  }

  /**
   * Changes what is mentioned; null or an empty text takes a claim away.
   * @throws InvalidInput naming every field that is wrong, or that there is not
   */
  async update(account: Account, update: ProfileUpdate, { by }: { by: Actor }): Promise<ProfileValues> {
    const { name, ...claims } = parseProfile(update)
    if (name !== undefined) account.name = name
    const told = Object.entries({ ...account.profile, ...claims }).filter(([, value]) => value != null)
    account.profile = Object.fromEntries(told) as Profile
    account.profileUpdatedAt = this.#clock.now()
    this.#trail.record('profile.updated', { by, subject: account.id })
    await this.#em.flush()
    return this.of(account)
  }
}
