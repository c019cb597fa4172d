import type { Applications } from './applications.ts'
import type { Consents } from './consents.ts'
import type { Grants } from './grants.ts'

/**
 * What an account has allowed applications: consents, and the grants that hold their tokens.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    applications: Applications
    consents: Consents
    grants: Grants
  }
}
