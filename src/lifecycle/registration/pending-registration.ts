import type { Account } from '../../accounts/account.ts'
import { normalizeEmail } from '../../accounts/email.ts'
import type { Actor } from '../../base/actor.ts'
import { newId } from '../../base/ids.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict, orNull } from '../../base/refusals.ts'
import type { RequestingBrowser } from '../../email/emails.ts'
import { SUBSCRIBER } from '../../roles/role.ts'

export interface Application {
  email: string
  name?: string | null
  password: string
}

/** A registration through an upstream provider, whose identity is linked instead of setting a password. */
interface UpstreamApplication extends Omit<Application, 'password'> {
  password: null
  link: (account: Account) => Promise<void>
}

/** Who registers, in which browser and language. */
export interface Circumstances extends RequestingBrowser {
  by: Actor
  locale?: Account['language']
}

interface Registered {
  /** The new account, or a random ID if the email was taken. */
  accountId: string
  /** When its password was set; null if it has none. */
  passwordSince: Date | null
}

/**
 * Registration where emails must be verified. It always sends an email: to verify the address, or to tell its owner that it
 * has an account. For a taken address the same work is done and rolled back, so the response reveals neither.
 */
export class PendingRegistration {
  readonly #app

  constructor(
    app: Needs<
      | 'atomically'
      | 'accounts'
      | 'passwords'
      | 'assignments'
      | 'links'
      | 'audit'
      | 'emails'
      | 'emailMove'
      | 'erasure'
      | 'clock'
    >,
  ) {
    this.#app = app
  }

  /** @throws TooManyAttempts, Busy */
  async begin(
    applicant: Application | UpstreamApplication,
    { by, locale = 'en', ...asked }: Circumstances,
  ): Promise<Registered> {
    const address = normalizeEmail(applicant.email)
    await this.#app.emails.takeLimits(address, { by })
    const digest = applicant.password === null ? null : await this.#app.passwords.hash(applicant.password, address)
    return this.#app.atomically.on('address', address, async () => {
      await this.#app.erasure.ofPending(address)
      const reserved = await this.#app.links.reserved(address)
      const holder = await this.#app.accounts.findByEmail(address)
      const register = async (email: string): Promise<{ account: Account; token: string }> => {
        const account = this.#app.accounts.register({ email, name: applicant.name ?? null, locale }, { by })
        account.pendingSince = this.#app.clock.now()
        if (digest !== null) await this.#app.passwords.set(account, digest, { by })
        await this.#app.assignments.stage(account, SUBSCRIBER, { by })
        await this.#app.accounts.flush()
        if ('link' in applicant) await applicant.link(account)
        return { account, token: await this.#app.emails.link('verify-email', account, asked) }
      }
      const begun = () => this.#app.atomically(() => register(address))
      // Null also if another request registered the same address at the same moment.
      const made = reserved || holder ? null : await orNull(Conflict, begun())
      const randomId = newId(this.#app.clock.now())
      if (!made) await this.#app.atomically.decoy(() => register(`${randomId}@decoy.invalid`))
      this.#app.audit.record('registration.requested', { by, subject: made?.account.id ?? holder?.id ?? null })
      if (made) await this.#app.emails.send('verify-email', made.account, { token: made.token })
      else await this.#app.emails.send('email-taken', null, { to: address, locale: holder?.language ?? locale })
      const accountId = made?.account.id ?? randomId
      if (digest === null) return { accountId, passwordSince: null }
      return { accountId, passwordSince: made ? await this.#app.passwords.changedAt(accountId) : this.#app.clock.now() }
    })
  }

  /**
   * Sends the email again that a browser waits for. If the address was taken, its owner gets that email again: the page, the
   * work and the limits are the same, so the response doesn't reveal which of the two it was.
   * @param awaited `accountId` is a random ID if the address was taken @throws TooManyAttempts
   */
  async resend(
    { accountId, email }: { accountId: string; email: string },
    { by, locale = 'en', ...asked }: Circumstances,
  ): Promise<void> {
    const address = normalizeEmail(email)
    await this.#app.emails.takeLimits(address, { by })
    await this.#app.atomically(async () => {
      const { holder, taken } = await this.#app.emailMove.holder(address, { id: accountId })
      const own = holder?.id === accountId && !holder.emailVerified ? holder : null
      const link = () => this.#app.emails.link('verify-email', own, asked)
      this.#app.audit.record('email.verification-requested', { by, subject: own?.id ?? null })
      if (own) return this.#app.emails.send('verify-email', own, { locale, token: await this.#app.atomically(link) })
      const notify = () =>
        this.#app.emails.send('email-taken', null, { to: address, locale: holder?.language ?? locale })
      // A newer registration of the address that is not verified gets no notice: it was sent its own email.
      if (!taken) return this.#app.atomically.decoy(() => link().then(notify))
      await this.#app.atomically.decoy(link)
      await notify()
    })
  }
}
