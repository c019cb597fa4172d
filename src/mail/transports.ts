import type { Config } from '../base/config.ts'
import type { Mailbox } from './mailbox.ts'
import { SmtpTransport } from './smtp.ts'
import type { Transport } from './transport.ts'

/** The transport that is configured; null where there is none. */
export function transportFor(
  { smtp, mailFrom, mailbox, issuer }: Config,
  parts: { mailbox: Mailbox },
): Transport | null {
  if (smtp) return new SmtpTransport({ server: smtp, from: mailFrom, domain: new URL(issuer).hostname })
  return mailbox ? parts.mailbox : null
}
