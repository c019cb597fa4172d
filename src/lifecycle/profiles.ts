import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import { type Profile, type ProfileUpdate, parseProfile } from '../accounts/profile.ts'
import type { Usernames } from '../accounts/usernames.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'

/** The claims that were told; what was not is not there. */
type ProfileValues = Profile & { name?: string; preferred_username?: string }

/** What a person says about themselves, as they read and change it. */
export class Profiles {
  readonly #em: SqlEntityManager
  readonly #usernames: Usernames
  readonly #trail: Trail
  readonly #clock: Clock

  constructor({
    em,
    usernames,
    trail,
    clock,
  }: {
    em: SqlEntityManager
    usernames: Usernames
    trail: Trail
    clock: Clock
  }) {
    this.#em = em
    this.#usernames = usernames
    this.#trail = trail
    this.#clock = clock
  }

  of({ name, username, profile }: Account): ProfileValues {
    return { ...(name ? { name } : {}), ...(username ? { preferred_username: username } : {}), ...profile }
  }

  /**
   * Changes what is mentioned, all of it or nothing; null or an empty text takes a claim away.
   * @throws InvalidInput naming every field that is wrong, or that there is not; SignedOut; NotFound `account_gone`
   */
  async update(account: Account, update: ProfileUpdate, { by }: { by: Actor }): Promise<ProfileValues> {
    const { name, preferred_username: username, ...claims } = parseProfile(update)
    await oneAtATime(this.#em, account, { by }, async () => {
      if (name !== undefined) account.name = name
      const told = Object.entries({ ...account.profile, ...claims }).filter(([, value]) => value != null)
      account.profile = Object.fromEntries(told) as Profile
      account.profileUpdatedAt = this.#clock.now()
      this.#trail.record('profile.updated', { by, subject: account.id })
      if (username !== undefined) await this.#usernames.change(account, username, { by })
    })
    return this.of(account)
  }
}
