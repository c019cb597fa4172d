import type { Limits } from './limits.ts'

/**
 * How often something may be tried: the named limits and the buckets that count.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    limits: Limits
  }
}
