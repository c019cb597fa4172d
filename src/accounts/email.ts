import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { InvalidInput } from '../base/refusals.ts'

/** As people have it, once folded: ASCII, and a top level that may be an internationalised one (`xn--p1ai`). */
const SHAPE = /^(?!\.)(?!.*\.\.)[a-z0-9_'+.-]*[a-z0-9_+-]@(?:[a-z0-9][a-z0-9-]*\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)$/

const address = z.email({ pattern: SHAPE }).max(254)

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
  const folded = text.trim().normalize('NFKC').toLowerCase()
  const at = folded.lastIndexOf('@')
  const spelled = `${folded.slice(0, at)}@${domainToASCII(folded.slice(at + 1))}`
  return at > 0 && address.safeParse(spelled).success ? spelled : null
}
