import { InvalidInput } from '../base/refusals.ts'
import { mailAddress } from '../base/text/email-address.ts'

/** The top-level domain: alphabetic, or an internationalized one (`xn--p1ai`). */
const TOP_LEVEL = /@.+\.(?:[a-z]{2,}|xn--[a-z0-9-]+)$/

/**
 * The canonical form of an email address: NFKC, lower case, the domain in ASCII (RFC 5891).
 * @throws InvalidInput `email: 'invalid'` if the text is not exactly one address
 */
export function normalizeEmail(text: string): string {
  const parsed = parseEmail(text)
  if (!parsed)
    throw new InvalidInput({ email: 'invalid' }, `email: ${JSON.stringify(text.slice(0, 80))} is not an email address`)
  return parsed
}

/** The same, but null if the text is not an address: a sign-in then continues without an account, in the same time. */
export function parseEmail(text: string): string | null {
  const address = mailAddress(text.trim().normalize('NFKC').toLowerCase().normalize('NFKC'))
  return address && TOP_LEVEL.test(address) ? address : null
}
