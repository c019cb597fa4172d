import type { Account } from '../../accounts/account.ts'
import { type Profile, type ProfileUpdate, parseProfile } from '../../accounts/profile.ts'
import { differenceWithoutValues } from '../../audit/difference.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

/** The claims that have a value. */
type ProfileValues = Profile & { name?: string; preferred_username?: string }

/** Reads and changes the profile claims of a person. */
export class Profiles {
  readonly #app

  constructor(app: Needs<'atomically' | 'usernames' | 'audit' | 'clock'>) {
    this.#app = app
  }

  of({ name, username, profile }: Account): ProfileValues {
    return { ...(name ? { name } : {}), ...(username ? { preferred_username: username } : {}), ...profile }
  }

  /**
   * Changes the given claims, all or none; null or an empty text removes a claim.
   * @param expect called with the account locked; throws if it may not be changed as it is
   * @throws InvalidInput with every field that is invalid or unknown; SignedOut; NotFound `account_gone`
   */
  async update(
    account: Account,
    update: ProfileUpdate,
    { by, expect }: { by: Actor; expect?: () => Promise<void> | void },
  ): Promise<ProfileValues> {
    const { name, preferred_username: username, ...claims } = parseProfile(update)
    await this.#app.atomically.on(account, { by }, async () => {
      await expect?.()
      const before = this.of(account)
      if (name !== undefined) account.name = name
      const claimed = Object.entries({ ...account.profile, ...claims }).filter(([, value]) => value != null)
      account.profile = Object.fromEntries(claimed) as Profile
      account.profileUpdatedAt = this.#app.clock.now()
      // Names and dates of birth would stay in the audit log after the person has changed or erased them.
      const changes = differenceWithoutValues(before, this.of(account))
      this.#app.audit.record('profile.updated', { by, subject: account.id, changes })
      if (username !== undefined) await this.#app.usernames.change(account, username, { by })
    })
    return this.of(account)
  }
}
