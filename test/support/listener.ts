import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { ExecutionContext } from 'ava'

/** A port that an attacker wants the product to call. It counts connections, and never answers. */
export class Listener {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0

  constructor() {
    this.#server = createServer(socket => {
      this.connections += 1
      this.#sockets.add(socket)
      socket.on('error', () => {})
    })
  }

  /** Undefined where the machine has no such address, such as `::1`. */
  static async open(t: Pick<ExecutionContext, 'teardown'>, host = '127.0.0.1'): Promise<Listener | undefined> {
    const listener = new Listener()
    try {
      listener.#server.listen({ port: 0, host })
      await once(listener.#server, 'listening')
    } catch {
      return undefined
    }
    t.teardown(() => listener.#close())
    return listener
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  #close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}
