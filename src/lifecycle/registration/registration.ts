import type { Account } from '../../accounts/account.ts'
import { cleanName } from '../../accounts/accounts.ts'
import { normalizeEmail, parseEmail } from '../../accounts/email.ts'
import { describeProblems, parseProfile } from '../../accounts/profile.ts'
import type { Actor } from '../../base/actor.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict, Forbidden, InvalidInput } from '../../base/refusals.ts'
import { foldUsername } from '../../base/text/username.ts'
import { checkPassword } from '../../credentials/passwords/password-rules.ts'
import { SUBSCRIBER } from '../../roles/role.ts'
import type { Application, Circumstances } from './pending-registration.ts'

export interface Applicant {
  email: string
  name?: string | null
  username?: string | null
  /** Optional for operators: an account without a password gets one with a one-time link. */
  password?: string | null
}

interface Applied {
  /** The new account, or a random ID if the email was taken, so that the response does not reveal that. */
  accountId: string
  /** False if the email must be verified first. */
  admitted: boolean
  /** When the password was set, if `admitted` is false. */
  passwordSince?: Date | null
}

/** Creates accounts with email, password and first roles, all or nothing. */
export class Registration {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'em'
      | 'accounts'
      | 'usernames'
      | 'passwords'
      | 'assignments'
      | 'links'
      | 'limits'
      | 'pendingRegistration'
      | 'verification'
      | 'config'
    >,
  ) {
    this.#app = app
  }

  /** Whether people can register themselves. */
  get open(): boolean {
    return this.#app.config.registration === 'open'
  }

  /**
   * Registers a person who has no account.
   * @param made called within the transaction that creates the account
   * @throws InvalidInput with every invalid field, TooManyAttempts, Forbidden, Busy
   */
  async apply(
    applicant: Application,
    { made, ...circumstances }: Circumstances & { made?: (account: Account) => Promise<void> },
  ): Promise<Applied> {
    if (!this.open) throw new Forbidden('registration is closed', 'registration_closed')
    checkApplicant(applicant)
    const { by } = circumstances
    await this.#app.limits.registrationByIp.take(network(by.ip))
    if (this.#app.verification.required)
      return { ...(await this.#app.pendingRegistration.begin(applicant, circumstances)), admitted: false }

    const { locale } = circumstances
    const account = await this.create(applicant, { by, ...(locale ? { locale } : {}), ...(made && { made }) })
    await this.#app.verification.offer(account, circumstances)
    return { accountId: account.id, admitted: true }
  }

  /** @throws InvalidInput with every invalid field: `email: 'taken'`, `preferred_username: 'taken'`, … */
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
    if ((await this.#app.accounts.findByEmail(email)) || (await this.#app.links.reserved(normalizeEmail(email))))
      throw new InvalidInput({ email: 'taken' }, EMAIL_TAKEN)
    const digest = password == null ? null : await this.#app.passwords.hash(password, normalizeEmail(email))
    try {
      const language = locale ? { locale } : {}
      return await this.#app.atomically(async () => {
        const account = this.#app.accounts.register({ email, name: name ?? null, emailVerified, ...language }, { by })
        if (digest !== null) await this.#app.passwords.set(account, digest, { by })
        for (const role of new Set([SUBSCRIBER, ...roles])) await this.#app.assignments.stage(account, role, { by })
        await this.#app.accounts.flush()
        if (username) await this.#app.usernames.change(account, foldUsername(username), { by })
        await made?.(account)
        return account
      })
    } catch (error) {
      this.#app.em.clear()
      throw error instanceof Conflict ? new InvalidInput({ email: 'taken' }, EMAIL_TAKEN) : error
    }
  }
}

export const EMAIL_TAKEN = 'email: another account has this email address'

/** Reports all invalid fields at once, so that a form can be corrected in one go. @throws InvalidInput */
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
  if (Object.keys(problems).length > 0) throw new InvalidInput(problems, describeProblems(problems))
}
