import type { Config } from '../base/config.ts'
import type { Carrier } from './carrier.ts'
import type { Mailbox } from './mailbox.ts'
import { SmtpCarrier } from './smtp.ts'

/** Who carries letters under this configuration; null where nobody does. */
export function carrierFor({ smtp, mailFrom, mailbox, issuer }: Config, parts: { mailbox: Mailbox }): Carrier | null {
  if (smtp) return new SmtpCarrier({ server: smtp, from: mailFrom, domain: new URL(issuer).hostname })
  return mailbox ? parts.mailbox : null
}
