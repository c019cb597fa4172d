import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import type { MailServer, Sender } from '../base/config/mail.ts'
import { type Message, type Transport, Undeliverable, Unreachable } from './transport.ts'

/** Half a minute for a server that has fallen silent; the whole email has the time that the queue gives it. */
const PATIENCE = { connectionTimeout: 15_000, greetingTimeout: 15_000, socketTimeout: 30_000, dnsTimeout: 10_000 }

/**
 * Replies that speak of the recipient and will not change (RFC 3463, sections 3.2 and 3.3): no such mailbox, no such
 * system, bad syntax, moved away, domain without mail, mailbox disabled. Other refusals speak of us, and an operator may mend them.
 */
const NO_SUCH_PERSON = /^5\d\d[ -]5\.(1\.(1|2|3|6|10)|2\.1)\b/

/** nodemailer's names for what a server has against one email; its others tell that it does not get so far. */
const ABOUT_THE_EMAIL = new Set(['EENVELOPE', 'EMESSAGE'])

interface Failure extends Error {
  code?: string
  command?: string
  response?: string
}

/** Speaks to the operator's mail server (RFC 5321): one email, one recipient, one connection. */
export class SmtpTransport implements Transport {
  readonly name: string
  readonly #from: Sender
  readonly #domain: string
  readonly #mailer: ReturnType<typeof connect>

  /** @param domain who we say we are: in the greeting, and as the right-hand side of every Message-ID */
  constructor({ server, from, domain }: { server: MailServer; from: Sender; domain: string }) {
    this.name = `${server.host}:${server.port}`
    this.#from = from
    this.#domain = domain
    this.#mailer = connect(server, greeting(domain))
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
        // RFC 3834, section 5, and what Exchange wants: no holiday notices in answer to these.
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
      if (command === 'RCPT TO' && NO_SUCH_PERSON.test(response ?? '')) throw new Undeliverable(response)
      throw ABOUT_THE_EMAIL.has(code) ? error : new Unreachable(message, { cause: error })
    }
  }
}

/** What follows EHLO: a name, or an address in brackets (RFC 5321, sections 4.1.1.1 and 4.1.3). */
function greeting(domain: string): string {
  const bare = domain.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(bare)
  return version === 6 ? `[IPv6:${bare}]` : version === 4 ? `[${bare}]` : bare
}

function connect({ host, port, secure, user, password }: MailServer, name: string) {
  const here = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)
  const trusted = secure || (user !== null && !here)
  return createTransport({
    ...PATIENCE,
    name,
    host,
    port,
    secure,
    // A password never travels readable, nor to somebody in between. Without one, encryption is taken as it is offered,
    // as mail servers do among themselves: who could forge a certificate could as well hide the offer.
    requireTLS: trusted,
    ignoreTLS: here,
    tls: { rejectUnauthorized: trusted },
    ...(user !== null && { auth: { user, pass: password ?? '' } }),
  })
}
