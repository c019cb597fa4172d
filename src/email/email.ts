import { InvalidInput } from '../base/refusals.ts'
import { isMailAddress } from '../base/text/email-address.ts'
import type { EmailKind } from './kinds.ts'

/** An email to one address, before its texts are written. */
export interface Email {
  kind: EmailKind
  /** An address without a name. */
  to: string
  locale: 'en' | 'ru'
  /**
   * The values for its texts: `link` (below PUBLIC_URL, its button), `report` (the "this wasn't me" link, where `link`
   * is for something else), `name`, `when`, `userAgent` and `ip`, and the facts of its kind (kinds.ts) as strings,
   * times in ISO 8601. Strangers may have chosen the values, so i18n/email-texts.ts escapes them.
   */
  data: Record<string, string>
}

/** @throws InvalidInput if `to` is not exactly one address; Error if a link does not lead to the issuer */
export function checkEmail({ kind, to, data }: Email, issuer: string): void {
  if (!isMailAddress(to))
    throw new InvalidInput({ to: 'invalid' }, `${JSON.stringify(to.slice(0, 80))} is not one address`)
  for (const link of [data.link, data.report]) {
    if (link !== undefined && !link.startsWith(`${issuer}/`))
      throw new Error(`the email ${kind} has a link that does not lead to ${issuer}`)
  }
}
