import { isMailAddress } from '../base/mail-address.ts'
import { InvalidInput } from '../base/refusals.ts'
import type { EmailKind } from './kinds.ts'

/** One email to one person, before it is put into words. */
export interface Email {
  kind: EmailKind
  /** One bare address. */
  to: string
  locale: 'en' | 'ru'
  /**
   * What the email tells, where there is something to tell: `link` (below PUBLIC_URL, the one thing to click), `panic`
   * (a link for whom it was not, where `link` is for something else), `name`, `userAgent`, `ip`, `address` (another mail
   * address), `when` and `until` (moments, ISO 8601), `change` (which one it is, as a word of ours), `left` (how many),
   * `code` (to be typed where one began), `provider` (what an upstream provider is called). Values may come from strangers: whoever puts the email into words makes them
   * harmless.
   */
  data: Record<string, string>
}

/** @throws InvalidInput where it would go to nobody, or to several; Error where a link leads anywhere but to us */
export function checkEmail({ kind, to, data }: Email, issuer: string): void {
  if (!isMailAddress(to))
    throw new InvalidInput({ to: 'invalid' }, `${JSON.stringify(to.slice(0, 80))} is not one address`)
  for (const link of [data.link, data.panic]) {
    if (link !== undefined && !link.startsWith(`${issuer}/`))
      throw new Error(`a link of ${kind} leads away from ${issuer}`)
  }
}
