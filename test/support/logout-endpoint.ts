import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { decodeJwt, type JWTPayload } from 'jose'
import { waitFor } from './wait-for.ts'

export interface ReceivedLogout {
  token: string
  claims: JWTPayload
  request: IncomingMessage
}

/** The status that answers a logout token; the first token is number 0. */
export type Answer = (number: number) => number | Promise<number>

/** The back-channel logout endpoint of an application: keeps the tokens that it receives, and answers with the given status. */
export class LogoutEndpoint {
  readonly #server: Server
  readonly received: ReceivedLogout[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(
    t: Pick<ExecutionContext, 'teardown'>,
    { answer = () => 200, port = 0 }: { answer?: Answer; port?: number } = {},
  ): Promise<LogoutEndpoint> {
    const server = createServer()
    const channel = new LogoutEndpoint(server)
    server.on('request', async (request, response) => {
      let body = ''
      for await (const chunk of request.setEncoding('utf8')) body += chunk
      const token = new URLSearchParams(body).get('logout_token') ?? ''
      const number = channel.received.push({ token, claims: decodeJwt(token), request }) - 1
      response.writeHead(await answer(number)).end('a secret of the application')
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => channel.close())
    return channel
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/signed-out`
  }

  /** Waits until it has received this many tokens. */
  arrived(count: number, seconds = 120): Promise<ReceivedLogout[]> {
    const what = () => `${this.received.length} of ${count} logout tokens have arrived`
    return waitFor(() => (this.received.length >= count ? this.received : null), { seconds, what })
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
