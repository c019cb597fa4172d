import type { Limits } from './limits.ts'

/** This folder owns rate limits: the named limits, and the buckets that they count with. */
declare module '../base/nouns.ts' {
  interface Nouns {
    limits: Limits
  }
}
