import type { Roles } from './roles.ts'

/**
 * Roles, and who has them.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    roles: Roles
  }
}
