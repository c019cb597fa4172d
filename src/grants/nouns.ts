import type { AuthorizedApplications } from './authorized-applications.ts'
import type { Consents } from './consents.ts'
import type { Grants } from './grants.ts'

/** What an account has allowed applications (consents), and the authorizations that their tokens belong to (grants). */
declare module '../base/nouns.ts' {
  interface Nouns {
    authorizedApplications: AuthorizedApplications
    consents: Consents
    grants: Grants
  }
}
