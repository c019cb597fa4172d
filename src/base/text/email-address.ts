import { domainToASCII } from 'node:url'

/**
 * The product's definition of an email address: unquoted (RFC 5322 section 3.4.1, dot-atom), in any script (RFC 6531).
 * No character in it can start another address, end a header, or be invisible.
 */

/** `atext`, and other Unicode characters except spaces, control characters, format characters and unassigned ones. */
const ATOM = "(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\\p{ASCII}\\p{C}\\p{Z}])+"
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const BARE = new RegExp(`^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})*$`, 'u')

/** ASCII characters that can't be in a domain, and that `domainToASCII` would decode or drop. */
const NO_DOMAIN = /[^\P{ASCII}A-Za-z0-9.-]/u

/** Maximum length in bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets). */
const LONGEST = 254

/** Whether a text is exactly one address that can be used in a header and an envelope. The mailbox may not exist. */
export function isMailAddress(text: string): boolean {
  return Buffer.byteLength(text) <= LONGEST && BARE.test(text)
}

/** The address with its domain in ASCII (RFC 5891), as mail servers use it; null if the text is not an address. */
export function mailAddress(text: string): string | null {
  const at = text.lastIndexOf('@')
  const domain = text.slice(at + 1)
  if (at < 1 || NO_DOMAIN.test(domain)) return null
  const address = `${text.slice(0, at)}@${domainToASCII(domain)}`
  return isMailAddress(address) ? address : null
}
