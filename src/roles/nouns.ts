import type { Roles } from './roles.ts'

/** Roles, and the accounts that have them. What a role permits is up to each application. */
declare module '../base/nouns.ts' {
  interface Nouns {
    roles: Roles
  }
}
