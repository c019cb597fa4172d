import type { Accounts } from './accounts.ts'
import type { LoginNames } from './login-names.ts'
import type { Usernames } from './usernames.ts'

/**
 * Accounts and what they are called by: email addresses and usernames. What happens to an account over its life is in
 * `lifecycle`, how it signs in in `login` and `credentials`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    accounts: Accounts
    loginNames: LoginNames
    usernames: Usernames
  }
}
