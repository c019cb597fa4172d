import type { Assignments } from './assignments.ts'
import type { Roles } from './roles.ts'

/**
 * Roles, what they allow at the APIs of operators, and the accounts that have them. What else a role permits is up to each
 * application.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    assignments: Assignments
    roles: Roles
  }
}
