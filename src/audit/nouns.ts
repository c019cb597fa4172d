import type { History } from './history.ts'
import type { Trail } from './trail.ts'

/**
 * Who did what, and when: the trail, and the history that each person reads of it. It records nothing by itself.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    audit: Trail
    history: History
  }
}
