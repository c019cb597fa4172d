import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { normalizeEmail } from '../accounts/email.ts'
import type { Trail } from '../audit/trail.ts'
import type { Actor } from '../base/actor.ts'
import type { Clock } from '../base/clock.ts'
import { newId } from '../base/ids.ts'
import { Conflict } from '../base/refusals.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { type Limits, network } from '../limits/limits.ts'
import { SUBSCRIBER } from '../roles/role.ts'
import type { Roles } from '../roles/roles.ts'
import { rehearse } from '../storage/rehearsal.ts'
import type { Erasure } from './erasure.ts'
import type { Asked, Notices } from './notices.ts'

export interface Application {
  email: string
  name?: string | null
  password: string
}

/** Somebody whom an upstream provider has named: a connection to it takes the place of the password. */
interface Introduction extends Omit<Application, 'password'> {
  password: null
  connect: (account: Account) => Promise<void>
}

/** Where and how a stranger registers. */
export interface Circumstances extends Asked {
  by: Actor
  locale?: Account['language']
}

export interface Enrolled {
  /** The new account; of nobody where the address was taken. */
  accountId: string
  /** When its password was set; null where it has none. */
  passwordSince: Date | null
}

/**
 * Registering where addresses have to be proven: it ends in a letter, whether or not the address has an account already;
 * its owner gets another letter. What is done for a free address is done for a taken one too, and taken back.
 */
export class Enrolment {
  readonly #em: SqlEntityManager
  readonly #accounts: Accounts
  readonly #passwords: Passwords
  readonly #roles: Roles
  readonly #links: OneTimeLinks
  readonly #limits: Limits
  readonly #trail: Trail
  readonly #notices: Notices
  readonly #erasure: Erasure
  readonly #clock: Clock

  constructor({
    em,
    accounts,
    passwords,
    roles,
    links,
    limits,
    trail,
    notices,
    erasure,
    clock,
  }: {
    em: SqlEntityManager
    accounts: Accounts
    passwords: Passwords
    roles: Roles
    links: OneTimeLinks
    limits: Limits
    trail: Trail
    notices: Notices
    erasure: Erasure
    clock: Clock
  }) {
    this.#em = em
    this.#accounts = accounts
    this.#passwords = passwords
    this.#roles = roles
    this.#links = links
    this.#limits = limits
    this.#trail = trail
    this.#notices = notices
    this.#erasure = erasure
    this.#clock = clock
  }

  /** @throws TooManyAttempts, Busy */
  async begin(
    applicant: Application | Introduction,
    { by, locale = 'en', ...asked }: Circumstances,
  ): Promise<Enrolled> {
    const address = normalizeEmail(applicant.email)
    await this.#limits.mailByIp.take(network(by.ip))
    await this.#limits.mailByAddress.take(address)
    const digest = applicant.password === null ? null : await this.#passwords.hash(applicant.password, address)
    return this.#em.transactional(async em => {
      // One at a time for one address: two at once would wait for each other's rows.
      await em.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [address])
      await this.#erasure.ofPending(address)
      const reserved = await this.#links.reserved(address)
      const holder = await this.#accounts.findByEmail(address)
      const make = async (email: string): Promise<{ account: Account; token: string }> => {
        const account = this.#accounts.register({ email, name: applicant.name ?? null, locale }, { by })
        account.pendingSince = this.#clock.now()
        if (digest !== null) await this.#passwords.keep(account, digest, { by })
        await this.#roles.give(account, SUBSCRIBER, { by })
        await this.#accounts.flush()
        if ('connect' in applicant) await applicant.connect(account)
        return { account, token: await this.#notices.verifyLink(account, asked) }
      }
      const passwordSince = digest === null ? null : this.#clock.now()
      const made = reserved || holder ? null : await this.#first(() => make(address))
      const nobody = newId(this.#clock.now())
      if (!made) await rehearse(this.#em, () => make(`${nobody}@rehearsal.invalid`))
      this.#trail.record('registration.requested', { by, subject: made?.account.id ?? holder?.id ?? null })
      if (made) await this.#notices.verifyAddress(made.account, made.token)
      else await this.#notices.addressTaken(address, holder?.language ?? locale)
      if (!made) return { accountId: nobody, passwordSince }
      return {
        accountId: made.account.id,
        passwordSince: digest === null ? null : await this.#passwords.since(made.account),
      }
    })
  }

  /** Of two who register an address in the same moment one is first; null for the other. */
  async #first<T>(make: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#em.transactional(make)
    } catch (error) {
      if (error instanceof Conflict) return null
      throw error
    }
  }
}
