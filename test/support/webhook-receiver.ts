import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ExecutionContext } from 'ava'
import { waitFor } from './wait-for.ts'

export interface ReceivedWebhook {
  /** The header webhook-id. */
  id: string
  headers: IncomingHttpHeaders
  /** As it was sent. */
  text: string
  body: { type: string; timestamp: string; data: Record<string, unknown> }
}

/** Answers a request; the first is number 0. */
type Respond = (response: ServerResponse, number: number) => void | Promise<void>

interface ReceiverOptions {
  respond?: Respond
  port?: number
}

/** A real receiver of webhooks on loopback, which keeps what it receives. */
export class WebhookReceiver {
  readonly #server: Server
  readonly received: ReceivedWebhook[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(
    t: Pick<ExecutionContext, 'teardown'>,
    { respond = response => void response.writeHead(204).end(), port = 0 }: ReceiverOptions = {},
  ): Promise<WebhookReceiver> {
    // A busy machine might use a connection just when it is closed, which is a failure of its own.
    const server = createServer({ keepAliveTimeout: 0 })
    const receiver = new WebhookReceiver(server)
    server.on('request', async (request, response) => {
      let text = ''
      for await (const chunk of request.setEncoding('utf8')) text += chunk
      const { headers } = request
      const id = String(headers['webhook-id'])
      const number = receiver.received.push({ id, headers, text, body: JSON.parse(text) }) - 1
      await respond(response, number)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => receiver.close())
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks?from=gatehouse`
  }

  get types(): string[] {
    return this.received.map(({ body }) => body.type)
  }

  /** Waits until it has received this many requests. */
  arrived(count: number, seconds = 120): Promise<ReceivedWebhook[]> {
    const what = () => `${this.received.length} of ${count} webhooks have arrived`
    return waitFor(() => (this.received.length >= count ? this.received : null), { seconds, what })
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
