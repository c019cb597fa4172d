import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'

interface NewPassword {
  current: string
  next: string
  /** Whether to end all other sessions, and the tokens of applications. */
  endOthers: boolean
  /** The `uid` of the session that stays. */
  exceptSession?: string | undefined
  /** The tokens of the known-browser cookie: a known browser has its own count of attempts. */
  browserTokens?: readonly string[] | undefined
}

/** Changes, removes and adds the password of a person who is signed in. An email reports each. */
export class PasswordChanges {
  readonly #app

  constructor(
    app: Needs<
      'atomically' | 'em' | 'passwords' | 'throttledVerification' | 'signInMethods' | 'links' | 'signOut' | 'emails'
    >,
  ) {
    this.#app = app
  }

  /** @throws WrongCredentials, TooManyAttempts, InvalidInput, Busy, SignedOut */
  async change(
    account: Account,
    { current, next, endOthers, exceptSession, browserTokens = [] }: NewPassword,
    { by }: { by: Actor },
  ): Promise<void> {
    await this.#app.throttledVerification.reauthenticate(account, { password: current, browserTokens }, { by })
    const digest = await this.#app.passwords.hash(next, account.email)
    await this.#app.atomically.on(account, { by }, async () => {
      await this.#app.passwords.set(account, digest, { by })
      await this.#app.emails.send('password-changed', account, { by })
      if (endOthers && !exceptSession) this.#app.signOut.begin(account)
    })
    if (endOthers) await this.#app.signOut.of(account, { by, exceptSession })
  }

  /**
   * Removes the password, since a passkey with user verification or a connected account is enough to sign in. Does
   * nothing if there is no password. @throws Forbidden `last_sign_in_method` if there is neither
   */
  async remove(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#app.passwords.has(account))) return
      await this.#app.passwords.remove(account, { by })
      await this.#app.em.flush()
      await this.#app.signInMethods.keepOne(account, 'the password')
      await this.#app.links.end(account, 'password-removed')
      await this.#app.emails.send('factor-changed', account, { by, change: 'password-removed' })
    })
  }

  /** Sets the password of an account that has none. @throws Conflict if it has one, InvalidInput, Busy */
  async add(account: Account, password: string, { by }: { by: Actor }): Promise<void> {
    const digest = await this.#app.passwords.hash(password, account.email)
    await this.#app.atomically.on(account, { by }, async () => {
      if (await this.#app.passwords.has(account))
        throw new Conflict('the account already has a password; enter it to change it')
      await this.#app.passwords.set(account, digest, { by })
      await this.#app.emails.send('factor-changed', account, { by, change: 'password-set' })
    })
  }
}
