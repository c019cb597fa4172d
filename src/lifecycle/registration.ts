import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { type Accounts, cleanName } from '../accounts/accounts.ts'
import { normalizeEmail, parseEmail } from '../accounts/email.ts'
import { explained, parseProfile } from '../accounts/profile.ts'
import type { Usernames } from '../accounts/usernames.ts'
import type { Actor } from '../base/actor.ts'
import { Conflict, Forbidden, InvalidInput } from '../base/refusals.ts'
import { foldUsername } from '../base/username.ts'
import type { OneTimeLinks } from '../credentials/one-time-links.ts'
import { checkPassword } from '../credentials/password-rules.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { type Limits, network } from '../limits/limits.ts'
import { SUBSCRIBER } from '../roles/role.ts'
import type { Roles } from '../roles/roles.ts'
import type { Application, Circumstances, Enrolment } from './enrolment.ts'
import type { Verification } from './verification.ts'

export interface Applicant {
  email: string
  name?: string | null
  username?: string | null
  /** Optional for operators: an account without a password waits for its one-time link. */
  password?: string | null
}

interface Applied {
  /** The new account; of nobody where the address was taken, which nothing tells apart. */
  accountId: string
  /** False: the letter to the address has to be answered first. */
  admitted: boolean
  /** Where they are not admitted yet: when the password was set. */
  passwordSince?: Date | null
}

/** Making an account whole: address, password and first roles, or nothing of it. */
export class Registration {
  readonly #em: SqlEntityManager
  readonly #accounts: Accounts
  readonly #usernames: Usernames
  readonly #passwords: Passwords
  readonly #roles: Roles
  readonly #links: OneTimeLinks
  readonly #limits: Limits
  readonly #enrolment: Enrolment
  readonly #verification: Verification
  readonly #open: boolean

  constructor({
    em,
    accounts,
    usernames,
    passwords,
    roles,
    links,
    limits,
    enrolment,
    verification,
    open,
  }: {
    em: SqlEntityManager
    accounts: Accounts
    usernames: Usernames
    passwords: Passwords
    roles: Roles
    links: OneTimeLinks
    limits: Limits
    enrolment: Enrolment
    verification: Verification
    open: boolean
  }) {
    this.#em = em
    this.#accounts = accounts
    this.#usernames = usernames
    this.#passwords = passwords
    this.#roles = roles
    this.#links = links
    this.#limits = limits
    this.#enrolment = enrolment
    this.#verification = verification
    this.#open = open
  }

  /** Whether strangers may register themselves. */
  get open(): boolean {
    return this.#open
  }

  /**
   * A stranger registers.
   * @param made before anybody else can see the new account
   * @throws InvalidInput with every field that is wrong, TooManyAttempts, Forbidden, Busy
   */
  async apply(
    applicant: Application,
    { made, ...circumstances }: Circumstances & { made?: (account: Account) => Promise<void> },
  ): Promise<Applied> {
    if (!this.#open) throw new Forbidden('registration is closed here', 'registration_closed')
    checkApplicant(applicant)
    const { by } = circumstances
    await this.#limits.registrationByAddress.take(network(by.ip))
    if (this.#verification.required)
      return { ...(await this.#enrolment.begin(applicant, circumstances)), admitted: false }

    const { locale } = circumstances
    const account = await this.create(applicant, { by, ...(locale ? { locale } : {}), ...(made && { made }) })
    await this.#verification.offer(account, circumstances)
    return { accountId: account.id, admitted: true }
  }

  /** @throws InvalidInput with every field that is wrong; a taken address is `email: 'taken'`, a taken username
   * `preferred_username: 'taken'` */
  async create(
    { email, name, username, password }: Applicant,
    {
      by,
      roles = [],
      emailVerified = false,
      locale,
      made,
    }: {
      by: Actor
      roles?: readonly string[]
      emailVerified?: boolean
      locale?: string
      made?: (account: Account) => Promise<void>
    },
  ): Promise<Account> {
    checkApplicant({ email, name, username, password })
    if (await this.#accounts.findByEmail(email)) throw new InvalidInput({ email: 'taken' }, TAKEN)
    if (await this.#links.reserved(normalizeEmail(email))) throw new InvalidInput({ email: 'taken' }, TAKEN)
    try {
      const language = locale ? { locale } : {}
      return await this.#em.transactional(async () => {
        const account = this.#accounts.register({ email, name: name ?? null, emailVerified, ...language }, { by })
        if (password != null) await this.#passwords.set(account, password, { by })
        for (const role of new Set([SUBSCRIBER, ...roles])) await this.#roles.give(account, role, { by })
        await this.#accounts.flush()
        if (username) await this.#usernames.change(account, foldUsername(username), { by })
        await made?.(account)
        return account
      })
    } catch (error) {
      this.#em.clear()
      throw error instanceof Conflict ? new InvalidInput({ email: 'taken' }, TAKEN) : error
    }
  }
}

const TAKEN = 'email: an account with this address exists already'

/** All that is wrong at once: nobody should mend a form field by field. @throws InvalidInput */
export function checkApplicant({ email, name, username, password }: Applicant): void {
  const problems: Record<string, string> = {}
  for (const check of [
    () => normalizeEmail(email),
    () => cleanName(name),
    () => username != null && parseProfile({ preferred_username: username }),
    () => password != null && checkPassword(password, parseEmail(email) ?? email),
  ]) {
    try {
      check()
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      Object.assign(problems, error.fields)
    }
  }
  if (Object.keys(problems).length > 0) throw new InvalidInput(problems, explained(problems))
}
