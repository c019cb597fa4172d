import type { LinkCodes } from './link-codes.ts'
import type { OneTimeLinks } from './one-time-links.ts'

/**
 * One-time links, what each is for, and the codes that stand in for them. What a link does once it is opened is decided by
 * those who make it; the emails that carry it are in `email`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    links: OneTimeLinks
    linkCodes: LinkCodes
  }
}
