import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'

interface NewPassword {
  current: string
  next: string
  /** Whether all other browsers, and what applications hold, end with the old password. */
  endOthers: boolean
  /** The `uid` of the session that stays. */
  exceptSession?: string | undefined
  /** What the browser holds of earlier sign-ins: a known one has a count of attempts of its own. */
  browserTokens?: readonly string[] | undefined
}

/** Changing a password that one knows. */
export class PasswordChange {
  readonly #app

  constructor(app: Needs<'atomically' | 'passwords' | 'throttledVerification' | 'signOut' | 'emails'>) {
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
    if (!endOthers) return
    if (exceptSession) await this.#app.signOut.others(account, exceptSession, { by })
    else await this.#app.signOut.of(account, { by })
  }
}
