import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Forbidden } from '../../base/refusals.ts'
import { SUPERUSER } from '../../roles/role.ts'
import type { Applicant } from './registration.ts'

/**
 * Creates the first superuser with a link, which works once: there is no default password. Operators can create superusers on
 * the command line at any time.
 */
export class Setup {
  readonly #app

  constructor(
    app: Needs<'atomically' | 'accounts' | 'passwords' | 'assignments' | 'roles' | 'links' | 'registration'>,
  ) {
    this.#app = app
  }

  /** Whether there is no superuser yet. */
  async pending(): Promise<boolean> {
    return !(await this.#app.assignments.isAssigned(SUPERUSER))
  }

  /** The token of a new link, or null if there is a superuser. */
  async link(): Promise<string | null> {
    return (await this.pending()) ? this.#app.links.issue('setup') : null
  }

  async open(token: string): Promise<boolean> {
    return (await this.pending()) && (await this.#app.links.look('setup', token)) !== null
  }

  /** Of two requests at once one succeeds. An invalid form does not use up the link. @throws InvalidInput, Forbidden */
  async complete(token: string, applicant: Applicant & { password: string }, { by }: { by: Actor }): Promise<Account> {
    return this.#app.atomically(async () => {
      await this.#app.links.spend('setup', token)
      // Two processes that started at once may each have printed a link.
      await this.#app.roles.lock(SUPERUSER)
      if (!(await this.pending())) throw new Forbidden('there is already a superuser', 'link_invalid')
      return this.#app.registration.create(applicant, { by, roles: [SUPERUSER], emailVerified: true })
    })
  }

  /** For an operator: creates the account, or promotes an existing one. @returns whether it was created */
  async createSuperuser(
    { email, name, password }: Applicant,
    { by }: { by: Actor },
  ): Promise<{ account: Account; made: boolean }> {
    const known = await this.#app.accounts.findByEmail(email)
    if (!known) {
      const account = await this.#app.registration.create(
        { email, name, password },
        { by, roles: [SUPERUSER], emailVerified: true },
      )
      return { account, made: true }
    }
    const digest = password == null ? null : await this.#app.passwords.hash(password, known.email)
    await this.#app.atomically.on(known, { by }, async () => {
      if (digest !== null) await this.#app.passwords.set(known, digest, { by })
      await this.#app.assignments.assign(known, [SUPERUSER], { by, until: null })
    })
    return { account: known, made: false }
  }
}
