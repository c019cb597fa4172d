import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'
import { SUPERUSER } from '../../roles/role.ts'
import type { Applicant } from './registration.ts'

/**
 * The first run: there is no default password, but a link that makes the first superuser, once. Operators make
 * superusers on the command line too, whatever the state of the database.
 */
export class Setup {
  readonly #app

  constructor(app: Needs<'atomically' | 'accounts' | 'passwords' | 'roles' | 'links' | 'registration'>) {
    this.#app = app
  }

  /** Whether nobody has set this installation up yet. */
  async pending(): Promise<boolean> {
    return !(await this.#app.roles.isAssigned(SUPERUSER))
  }

  /** The token of a fresh link, or null where there is a superuser already. */
  async link(): Promise<string | null> {
    return (await this.pending()) ? this.#app.links.issue('setup') : null
  }

  async open(token: string): Promise<boolean> {
    return (await this.pending()) && (await this.#app.links.look('setup', token)) !== null
  }

  /** Of two at once exactly one wins; a mistake in the form leaves the link as it was. @throws InvalidInput, Forbidden */
  async complete(token: string, applicant: Applicant & { password: string }, { by }: { by: Actor }): Promise<Account> {
    return this.#app.atomically(async () => {
      await this.#app.links.spend('setup', token)
      // Two processes that started at once may each have printed a link.
      await this.#app.roles.lock(SUPERUSER)
      if (!(await this.pending())) throw new Forbidden('there is a superuser already', 'link_invalid')
      return this.#app.registration.create(applicant, { by, roles: [SUPERUSER], emailVerified: true })
    })
  }

  /** By an operator: makes the account or promotes the one there is. @returns whether it was made */
  async createSuperuser(
    { email, name, password }: Applicant,
    { by }: { by: Actor },
  ): Promise<{ account: Account; made: boolean }> {
    const known = await this.#app.accounts.findByEmail(email)
    if (!known) {
      const account = await this.#app.registration.create(
        { email, name: name ?? null, password: password ?? null },
        {
          by,
          roles: [SUPERUSER],
          emailVerified: true,
        },
      )
      return { account, made: true }
    }
    const digest = password == null ? null : await this.#app.passwords.hash(password, known.email)
    await this.#app.atomically.on(known, { by }, async () => {
      if (digest !== null) await this.#app.passwords.set(known, digest, { by })
      await this.#app.roles.assign(known, [SUPERUSER], { by })
    })
    return { account: known, made: false }
  }
}
