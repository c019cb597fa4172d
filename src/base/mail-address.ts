import { domainToASCII } from 'node:url'

/**
 * What an e-mail address is, for the whole product: unquoted, as in RFC 5322 section 3.4.1 (dot-atom), and in the letters
 * of any script, as in RFC 6531. Nothing in one could begin another, end a header, or be invisible.
 */

/** `atext`, and what UTF-8 adds but for spaces, control and format characters, and what is no character. */
const ATOM = "(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\\p{ASCII}\\p{C}\\p{Z}])+"
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const BARE = new RegExp(`^${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})*$`, 'u')

/** In a domain as people type it: ASCII that is in no name, which `domainToASCII` would decode or drop. */
const NO_DOMAIN = /[^\P{ASCII}A-Za-z0-9.-]/u

/** Bytes (RFC 5321 section 4.5.3.1.3, without the angle brackets). */
const LONGEST = 254

/** Whether a text is exactly one address, fit for a header and an envelope; not whether somebody has it. */
export function isMailAddress(text: string): boolean {
  return Buffer.byteLength(text) <= LONGEST && BARE.test(text)
}

/** The address with its domain in ASCII (RFC 5891), as mail servers find it; null where the text is no address. */
export function mailAddress(text: string): string | null {
  const at = text.lastIndexOf('@')
  const domain = text.slice(at + 1)
  if (at < 1 || NO_DOMAIN.test(domain)) return null
  const address = `${text.slice(0, at)}@${domainToASCII(domain)}`
  return isMailAddress(address) ? address : null
}
