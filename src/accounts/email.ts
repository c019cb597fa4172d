import { InvalidInput } from '../base/refusals.ts'
import { mailAddress } from '../base/text/email-address.ts'

/** People have addresses below a top level: one of letters, or an internationalised one (`xn--p1ai`). */
const TOP_LEVEL = /@.+\.(?:[a-z]{2,}|xn--[a-z0-9-]+)$/

/**
 * One spelling for one address: NFKC, lower case, the domain in its ASCII form (RFC 5891).
 * @throws InvalidInput `email: 'invalid'` for anything that is not exactly one address
 */
export function normalizeEmail(text: string): string {
  const parsed = parseEmail(text)
  if (!parsed)
    throw new InvalidInput({ email: 'invalid' }, `email: ${JSON.stringify(text.slice(0, 80))} is not an e-mail address`)
  return parsed
}

/** The same, `null` where the text is no address: a sign-in goes on with nobody, in the same time. */
export function parseEmail(text: string): string | null {
  const address = mailAddress(text.trim().normalize('NFKC').toLowerCase().normalize('NFKC'))
  return address && TOP_LEVEL.test(address) ? address : null
}
