import type { EntityManager } from '@mikro-orm/core'
import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../base/actor.ts'
import { Forbidden } from '../base/refusals.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { SUPERUSER } from '../roles/role.ts'
import type { Roles } from '../roles/roles.ts'
import type { Applicant, Registration } from './registration.ts'

const LINK_TTL = 24 * 60 * 60

/**
 * The first run: there is no default password, but a link that makes the first superuser, once. Operators make
 * superusers on the command line too, whatever the state of the database.
 */
export class Setup {
  readonly #em: EntityManager
  readonly #accounts: Accounts
  readonly #passwords: Passwords
  readonly #roles: Roles
  readonly #links: OneTimeLinks
  readonly #registration: Registration

  constructor({
    em,
    accounts,
    passwords,
    roles,
    links,
    registration,
  }: {
    em: EntityManager
    accounts: Accounts
    passwords: Passwords
    roles: Roles
    links: OneTimeLinks
    registration: Registration
  }) {
    this.#em = em
    this.#accounts = accounts
    this.#passwords = passwords
    this.#roles = roles
    this.#links = links
    this.#registration = registration
  }

  /** Whether nobody has set this installation up yet. */
  async pending(): Promise<boolean> {
    return !(await this.#roles.held(SUPERUSER))
  }

  /** The token of a fresh link, or null where there is a superuser already. */
  async link(): Promise<string | null> {
    return (await this.pending()) ? this.#links.issue('setup', { ttl: LINK_TTL }) : null
  }

  async open(token: string): Promise<boolean> {
    return (await this.pending()) && (await this.#links.look('setup', token)) !== null
  }

  /** Of two at once exactly one wins; a mistake in the form leaves the link as it was. @throws InvalidInput, Forbidden */
  async complete(token: string, applicant: Applicant & { password: string }, { by }: { by: Actor }): Promise<Account> {
    return this.#em.transactional(async () => {
      await this.#links.spend('setup', token)
      // Two processes that started at once may each have printed a link.
      await this.#roles.lock(SUPERUSER)
      if (!(await this.pending())) throw new Forbidden('there is a superuser already', 'link_invalid')
      return this.#registration.create(applicant, { by, roles: [SUPERUSER], emailVerified: true })
    })
  }

  /** By an operator: makes the account or promotes the one there is. @returns whether it was made */
  async createSuperuser(
    { email, name, password }: Applicant,
    { by }: { by: Actor },
  ): Promise<{ account: Account; made: boolean }> {
    const known = await this.#accounts.findByEmail(email)
    if (!known) {
      const account = await this.#registration.create(
        { email, name: name ?? null, password: password ?? null },
        {
          by,
          roles: [SUPERUSER],
          emailVerified: true,
        },
      )
      return { account, made: true }
    }
    if (password != null) await this.#passwords.set(known, password, { by })
    await this.#roles.add(known, [SUPERUSER], { by })
    return { account: known, made: false }
  }
}
