import { normalizeEmail } from '../../accounts/email.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import type { Circumstances } from './pending-registration.ts'

/** What a browser waits for that has registered, or signed in, and has to verify the address. */
interface Awaited {
  /** Of no account where the address was taken. */
  accountId: string
  email: string
}

/**
 * Sends the email again that a browser waits for after it registered. Where the address was taken, its owner gets the
 * email about that again: the page, the work and the limits are the same, so the page does not tell which of the two.
 */
export class VerificationResend {
  readonly #app

  constructor(app: Needs<'atomically' | 'emailMove' | 'limits' | 'audit' | 'emails'>) {
    this.#app = app
  }

  /** @throws TooManyAttempts */
  async send({ accountId, email }: Awaited, { by, locale = 'en', ...asked }: Circumstances): Promise<void> {
    const address = normalizeEmail(email)
    await this.#app.limits.emailByIp.take(network(by.ip))
    await this.#app.limits.emailByAddress.take(address)
    await this.#app.atomically(async () => {
      const { holder, taken } = await this.#app.emailMove.holder(address, { id: accountId })
      const own = holder?.id === accountId && !holder.emailVerified ? holder : null
      const link = () => this.#app.emails.link('verify-email', own, asked)
      this.#app.audit.record('email.verification-requested', { by, subject: own?.id ?? null })
      if (own) return this.#app.emails.send('verify-email', own, { locale, token: await this.#app.atomically(link) })
      const tell = () => this.#app.emails.send('email-taken', null, { to: address, locale: holder?.language ?? locale })
      // A newer registration of the address, which nobody has verified, is told nothing: it has an email of its own.
      if (!taken) return this.#app.atomically.decoy(() => link().then(tell))
      await this.#app.atomically.decoy(link)
      await tell()
    })
  }
}
