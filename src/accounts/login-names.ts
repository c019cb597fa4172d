import type { Needs } from '../base/nouns.ts'
import { parseUsername } from '../base/text/username.ts'
import type { Account } from './account.ts'
import { parseEmail } from './email.ts'

/** What people type to say who they are: an email address, and a username where the operator allows that. */
export class LoginNames {
  readonly #app

  constructor(app: Needs<'accounts' | 'config'>) {
    this.#app = app
  }

  find(typed: string): Promise<Account | null> {
    return this.#app.config.signInWithUsername
      ? this.#app.accounts.findByLogin(typed)
      : this.#app.accounts.findByEmail(typed)
  }

  /** One spelling of it, under which tries are counted whether or not there is such an account; null: it is neither. */
  normalize(typed: string): string | null {
    return parseEmail(typed) ?? (this.#app.config.signInWithUsername ? parseUsername(typed) : null)
  }
}
