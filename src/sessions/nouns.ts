import type { Farewells } from './farewells.ts'
import type { Sessions } from './sessions.ts'

/**
 * The sessions of browsers, and which applications are notified when one ends.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    farewells: Farewells
    sessions: Sessions
  }
}
