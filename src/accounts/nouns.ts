import type { Accounts } from './accounts.ts'
import type { Usernames } from './usernames.ts'

/**
 * Accounts, with their emails, usernames and profiles. What happens to an account over its life is in `lifecycle`; how people
 * sign in is in `login` and `credentials`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    accounts: Accounts
    usernames: Usernames
  }
}
