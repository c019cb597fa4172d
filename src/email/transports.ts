import type { Config } from '../base/config.ts'
import type { Mailbox } from './mailbox.ts'
import { SmtpTransport } from './smtp.ts'
import type { Transport } from './transport.ts'

/** The configured transport; null if there is none. */
export function transportFor(
  { smtpUrl, mailFrom, mailbox, issuer }: Config,
  parts: { mailbox: Mailbox },
): Transport | null {
  if (smtpUrl) return new SmtpTransport({ server: smtpUrl, from: mailFrom, domain: new URL(issuer).hostname })
  return mailbox ? parts.mailbox : null
}
