import { parseUsername } from '../base/username.ts'
import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'
import { parseEmail } from './email.ts'

/** What people type to say who they are: an email address, and a username where the operator allows that. */
export class LoginNames {
  readonly #accounts: Accounts
  readonly #usernames: boolean

  constructor({ accounts, usernames }: { accounts: Accounts; usernames: boolean }) {
    this.#accounts = accounts
    this.#usernames = usernames
  }

  find(typed: string): Promise<Account | null> {
    return this.#usernames ? this.#accounts.findByLogin(typed) : this.#accounts.findByEmail(typed)
  }

  /** One spelling of it, under which tries are counted whether or not there is such an account; null: it is neither. */
  spelling(typed: string): string | null {
    return parseEmail(typed) ?? (this.#usernames ? parseUsername(typed) : null)
  }
}
