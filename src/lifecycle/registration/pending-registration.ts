import type { Account } from '../../accounts/account.ts'
import { normalizeEmail } from '../../accounts/email.ts'
import type { Actor } from '../../base/actor.ts'
import { newId } from '../../base/ids.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'
import type { Asked } from '../../email/emails.ts'
import { SUBSCRIBER } from '../../roles/role.ts'

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

export interface Registered {
  /** The new account; of nobody where the address was taken. */
  accountId: string
  /** When its password was set; null where it has none. */
  passwordSince: Date | null
}

/**
 * Registering where addresses have to be proven: it ends in an email, whether or not the address has an account already;
 * its owner gets another email. What is done for a free address is done for a taken one too, and taken back.
 */
export class PendingRegistration {
  readonly #app

  constructor(
    app: Needs<
      'atomically' | 'accounts' | 'passwords' | 'roles' | 'links' | 'limits' | 'audit' | 'emails' | 'erasure' | 'clock'
    >,
  ) {
    this.#app = app
  }

  /** @throws TooManyAttempts, Busy */
  async begin(
    applicant: Application | Introduction,
    { by, locale = 'en', ...asked }: Circumstances,
  ): Promise<Registered> {
    const address = normalizeEmail(applicant.email)
    await this.#app.limits.emailByIp.take(network(by.ip))
    await this.#app.limits.emailByAddress.take(address)
    const digest = applicant.password === null ? null : await this.#app.passwords.hash(applicant.password, address)
    return this.#app.atomically.on('address', address, async () => {
      await this.#app.erasure.ofPending(address)
      const reserved = await this.#app.links.reserved(address)
      const holder = await this.#app.accounts.findByEmail(address)
      const make = async (email: string): Promise<{ account: Account; token: string }> => {
        const account = this.#app.accounts.register({ email, name: applicant.name ?? null, locale }, { by })
        account.pendingSince = this.#app.clock.now()
        if (digest !== null) await this.#app.passwords.set(account, digest, { by })
        await this.#app.roles.stageAssignment(account, SUBSCRIBER, { by })
        await this.#app.accounts.flush()
        if ('connect' in applicant) await applicant.connect(account)
        return { account, token: await this.#app.emails.link('verify-email', account, asked) }
      }
      const passwordSince = digest === null ? null : this.#app.clock.now()
      const made = reserved || holder ? null : await this.#first(() => make(address))
      const nobody = newId(this.#app.clock.now())
      if (!made) await this.#app.atomically.decoy(() => make(`${nobody}@decoy.invalid`))
      this.#app.audit.record('registration.requested', { by, subject: made?.account.id ?? holder?.id ?? null })
      if (made) await this.#app.emails.send('verify-email', made.account, { token: made.token })
      else await this.#app.emails.send('email-taken', null, { to: address, locale: holder?.language ?? locale })
      if (!made) return { accountId: nobody, passwordSince }
      return {
        accountId: made.account.id,
        passwordSince: digest === null ? null : await this.#app.passwords.changedAt(made.account),
      }
    })
  }

  /** Of two who register an address in the same moment one is first; null for the other. */
  async #first<T>(make: () => Promise<T>): Promise<T | null> {
    try {
      return await this.#app.atomically(make)
    } catch (error) {
      if (error instanceof Conflict) return null
      throw error
    }
  }
}
