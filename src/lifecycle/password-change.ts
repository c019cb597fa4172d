import type { SqlEntityManager } from '@mikro-orm/postgresql'
import type { Account } from '../accounts/account.ts'
import { oneAtATime } from '../accounts/one-at-a-time.ts'
import type { Actor } from '../base/actor.ts'
import type { Attempts } from '../credentials/attempts.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { Notices } from './notices.ts'
import type { SignOutEverywhere } from './sign-out.ts'

interface NewPassword {
  current: string
  next: string
  /** Whether all other browsers, and what applications hold, end with the old password. */
  endOthers: boolean
  /** The `uid` of the session that stays. */
  exceptSession?: string | undefined
  /** What the browser holds of earlier sign-ins: a known one has a count of attempts of its own. */
  devices?: readonly string[] | undefined
}

/** Changing a password that one knows. */
export class PasswordChange {
  readonly #em: SqlEntityManager
  readonly #passwords: Passwords
  readonly #attempts: Attempts
  readonly #signOut: SignOutEverywhere
  readonly #notices: Notices

  constructor({
    em,
    passwords,
    attempts,
    signOut,
    notices,
  }: {
    em: SqlEntityManager
    passwords: Passwords
    attempts: Attempts
    signOut: SignOutEverywhere
    notices: Notices
  }) {
    this.#em = em
    this.#passwords = passwords
    this.#attempts = attempts
    this.#signOut = signOut
    this.#notices = notices
  }

  /** @throws WrongCredentials, TooManyAttempts, InvalidInput, Busy, SignedOut */
  async change(
    account: Account,
    { current, next, endOthers, exceptSession, devices = [] }: NewPassword,
    { by }: { by: Actor },
  ): Promise<void> {
    await this.#attempts.confirm(account, { password: current, devices }, { by })
    const digest = await this.#passwords.hash(next, account.email)
    await oneAtATime(this.#em, account, { by }, async () => {
      await this.#passwords.keep(account, digest, { by })
      await this.#notices.passwordChanged(account, { by })
      if (endOthers && !exceptSession) this.#signOut.begin(account)
    })
    if (!endOthers) return
    if (exceptSession) await this.#signOut.others(account, exceptSession, { by })
    else await this.#signOut.of(account, { by })
  }
}
