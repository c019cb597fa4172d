import type { Account } from '../../accounts/account.ts'
import { type Profile, type ProfileUpdate, parseProfile } from '../../accounts/profile.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/** The claims that were told; what was not is not there. */
type ProfileValues = Profile & { name?: string; preferred_username?: string }

/** What a person says about themselves, as they read and change it. */
export class Profiles {
  readonly #app

  constructor(app: Needs<'atomically' | 'usernames' | 'audit' | 'clock'>) {
    this.#app = app
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
    await this.#app.atomically.on(account, { by }, async () => {
      if (name !== undefined) account.name = name
      const told = Object.entries({ ...account.profile, ...claims }).filter(([, value]) => value != null)
      account.profile = Object.fromEntries(told) as Profile
      account.profileUpdatedAt = this.#app.clock.now()
      this.#app.audit.record('profile.updated', { by, subject: account.id })
      if (username !== undefined) await this.#app.usernames.change(account, username, { by })
    })
    return this.of(account)
  }
}
