import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import type { MailServer, Sender } from '../base/config/parsers/mail.ts'
import { isLoopback } from '../base/network/ip-ranges.ts'
import { type Message, type Transport, Undeliverable, Unreachable } from './transport.ts'

/** Limits in milliseconds for one answer of the server. The queue limits the time for the whole email. */
const TIMEOUTS = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000, dnsTimeout: 10_000 }

/**
 * Permanent errors about the recipient (RFC 3463, sections 3.2 and 3.3): no such mailbox, no such system, bad syntax,
 * moved, domain without mail, mailbox disabled. Other errors are about us, and the operator may fix the cause.
 */
const NO_SUCH_RECIPIENT = /^5\d\d[ -]5\.(1\.(1|2|3|6|10)|2\.1)\b/

/** The codes of nodemailer for an email that the server refused. Other codes mean that the server could not be used. */
const ABOUT_THE_EMAIL = new Set(['EENVELOPE', 'EMESSAGE'])

interface Failure extends Error {
  code?: string
  command?: string
  response?: string
}

interface Parts {
  server: MailServer
  from: Sender
  domain: string
  timeouts?: typeof TIMEOUTS
}

/** The operator's mail server (RFC 5321): one email, one recipient, one connection. */
export class SmtpTransport implements Transport {
  readonly name: string
  readonly #from: Sender
  readonly #domain: string
  readonly #mailer: ReturnType<typeof connect>

  /** @param domain our name in the greeting, and the right-hand side of every Message-ID */
  constructor({ server, from, domain, timeouts = TIMEOUTS }: Parts) {
    this.name = `${server.host}:${server.port}`
    this.#from = from
    this.#domain = domain
    this.#mailer = connect(server, { name: greeting(domain), timeouts })
  }

  async deliver(message: Message, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    const { id, to, locale, subject, html, text } = message
    try {
      await this.#mailer.sendMail({
        envelope: { from: this.#from.address, to: [to] },
        from: { ...this.#from },
        to: { name: '', address: to },
        messageId: `<${id}@${this.#domain}>`,
        subject,
        text,
        html,
        // Asks mail systems not to send out-of-office replies (RFC 3834, section 5, and a header that Exchange reads).
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
          'Content-Language': locale,
        },
        disableFileAccess: true,
        disableUrlAccess: true,
        ...(signal && { signal }),
      })
    } catch (error) {
      const { code = '', command, response, message } = error as Failure
      if (command === 'RCPT TO' && NO_SUCH_RECIPIENT.test(response ?? '')) throw new Undeliverable(response)
      throw ABOUT_THE_EMAIL.has(code) ? error : new Unreachable(message, { cause: error })
    }
  }
}

/** The name after EHLO: a domain, or an address in brackets (RFC 5321, sections 4.1.1.1 and 4.1.3). */
function greeting(domain: string): string {
  const bare = domain.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(bare)
  return version === 6 ? `[IPv6:${bare}]` : version === 4 ? `[${bare}]` : bare
}

function connect(
  { host, port, secure, user, password }: MailServer,
  { name, timeouts }: { name: string; timeouts: typeof TIMEOUTS },
) {
  const here = isLoopback(host)
  const trusted = secure || (user !== null && !here)
  return createTransport({
    ...timeouts,
    name,
    host,
    port,
    secure,
    // A password is sent only over TLS with a valid certificate. Without a password TLS is used if it is offered, with
    // any certificate, as between mail servers: an attacker who could forge a certificate could also hide the offer.
    requireTLS: trusted,
    ignoreTLS: here,
    tls: { rejectUnauthorized: trusted },
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
  })
}
