import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { waitFor } from './wait-for.ts'

/** An email as a mail server received it. */
export interface ReceivedEmail {
  /** The addresses of the envelope. */
  from: string
  to: string[]
  /** The host name that the sender gave with EHLO. */
  greeting: string
  /** The header field's value, unfolded; undefined where there is none. */
  header(name: string): string | undefined
  text: string
  html: string
  raw: string
}

export interface MailServerOptions {
  /** A free port by default. */
  port?: number
  /** Called with each email before it is accepted; the server waits. Throw to refuse it. */
  onEmail?: (email: ReceivedEmail) => unknown
  smtp?: SMTPServerOptions
}

/** A real mail server on loopback, which keeps the emails it receives. */
export class MailServer {
  readonly emails: ReceivedEmail[] = []
  readonly #server: SMTPServer

  private constructor({ onEmail, smtp }: MailServerOptions) {
    this.#server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      closeTimeout: 100,
      onData: async (stream, { envelope, hostNameAppearsAs: greeting }, done) => {
        try {
          const raw = Buffer.concat(await stream.toArray()).toString('utf8')
          const from = envelope.mailFrom ? envelope.mailFrom.address : ''
          const email = parse(raw, { from, greeting, to: envelope.rcptTo.map(({ address }) => address) })
          await onEmail?.(email)
          this.emails.push(email)
          done()
        } catch (error) {
          done(error instanceof Error ? error : new Error(String(error)))
        }
      },
      ...smtp,
    })
    this.#server.on('error', () => {})
  }

  static async start(options: MailServerOptions = {}): Promise<MailServer> {
    const server = new MailServer(options)
    await new Promise<void>(resolve => server.#server.listen(options.port ?? 0, '127.0.0.1', resolve))
    return server
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`
  }

  /** Waits until it has received this many. @throws Error if it does not within the seconds */
  arrived(count: number, seconds = 120): Promise<ReceivedEmail[]> {
    const what = () => `${this.emails.length} of ${count} emails have arrived`
    return waitFor(() => (this.emails.length >= count ? this.emails : null), { seconds, what })
  }

  stop(): Promise<void> {
    return new Promise(resolve => this.#server.close(resolve))
  }
}

function parse(raw: string, envelope: { from: string; to: string[]; greeting: string }): ReceivedEmail {
  const { header, body } = apart(raw)
  const boundary = /boundary="([^"]+)"/.exec(header('Content-Type') ?? '')?.[1]
  const parts = boundary
    ? body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map(part => apart(part.trimStart()))
    : []
  const part = (type: string) => {
    const found = parts.find(({ header }) => header('Content-Type')?.startsWith(type))
    return found ? decoded(found.body, found.header('Content-Transfer-Encoding')) : ''
  }
  return { ...envelope, header, text: part('text/plain'), html: part('text/html'), raw }
}

function apart(text: string) {
  const end = text.indexOf('\r\n\r\n')
  const lines = text
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const header = (name: string) => {
    const line = lines.find(each => each.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    return line?.slice(name.length + 1).trim()
  }
  return { header, body: text.slice(end + 4) }
}

function decoded(body: string, encoding = '7bit'): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
