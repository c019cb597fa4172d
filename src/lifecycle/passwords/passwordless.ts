import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Needs } from '../../base/nouns.ts'
import { Conflict } from '../../base/refusals.ts'

/** Living on passkeys and connected providers alone, and the way back to a password. */
export class Passwordless {
  readonly #app

  constructor(app: Needs<'atomically' | 'em' | 'passwords' | 'signInMethods' | 'links' | 'emails'>) {
    this.#app = app
  }

  /**
   * Every passkey has verified its person, and so is enough by itself; so is a connection. Does nothing where there is no
   * password. @throws Forbidden `last_sign_in_method` where there is neither
   */
  async begin(account: Account, { by }: { by: Actor }): Promise<void> {
    await this.#app.atomically.on(account, { by }, async () => {
      if (!(await this.#app.passwords.has(account))) return
      await this.#app.passwords.remove(account, { by })
      await this.#app.em.flush()
      await this.#app.signInMethods.keepOne(account, 'the password')
      await this.#app.links.end(account, 'password-removed')
      await this.#app.emails.send('factor-changed', account, { by, change: 'password-removed' })
    })
  }

  /** A password for an account that has none. @throws Conflict where there is one, InvalidInput, Busy */
  async end(account: Account, password: string, { by }: { by: Actor }): Promise<void> {
    const digest = await this.#app.passwords.hash(password, account.email)
    await this.#app.atomically.on(account, { by }, async () => {
      if (await this.#app.passwords.has(account)) throw new Conflict('there is a password, which can be changed')
      await this.#app.passwords.set(account, digest, { by })
      await this.#app.emails.send('factor-changed', account, { by, change: 'password-set' })
    })
  }
}
