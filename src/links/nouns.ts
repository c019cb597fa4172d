import type { LinkCodes } from './link-codes.ts'
import type { OneTimeLinks } from './one-time-links.ts'

/**
 * One-time links, their purposes, and the codes that replace them. What a link does once it is opened is decided by the
 * code that issues it; `email` sends it.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    links: OneTimeLinks
    linkCodes: LinkCodes
  }
}
