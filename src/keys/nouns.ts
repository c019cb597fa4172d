import type { Keys } from './keys.ts'

/** The keys that sign tokens, and their rotation. */
declare module '../base/nouns.ts' {
  interface Nouns {
    keys: Keys
  }
}
