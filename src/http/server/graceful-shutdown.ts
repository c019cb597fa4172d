import { once } from 'node:events'
import type { Server as HttpServer, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'

const MAX_REQUEST_MS = 10_000
const SWEEP_MS = 100

/** `closeInIdleTurn` waits at most this long for a turn that is shorter than `IDLE_TURN_MS` and accepts no connection. */
const IDLE_TURN_WAIT_MS = 1000
const IDLE_TURN_MS = 0.1

/**
 * Closes a server without losing a request. While it closes, every response says `Connection: close`, also to requests in
 * progress, so that a proxy sends no further request, such as a form or a token request, on a connection that is about to close.
 */
export class GracefulShutdown {
  readonly #http: HttpServer
  readonly #open = new Set<ServerResponse>()
  #stopping = false

  constructor(http: HttpServer) {
    this.#http = http
    http.prependListener('request', (_request, response: ServerResponse) => {
      if (this.#stopping) response.shouldKeepAlive = false
      this.#open.add(response)
      response.once('close', () => this.#open.delete(response))
    })
  }

  /**
   * Stops accepting connections, and resolves when the open ones are closed. An idle connection stays open for
   * `idleTimeout` seconds, since a proxy may be sending a request on it; the proxy must have the shorter timeout
   * (`keepalive_timeout` in nginx/gatehouse.conf.template).
   */
  async run(idleTimeout: number): Promise<void> {
    const http = this.#http
    const closed = once(http, 'close')
    await closeInIdleTurn(http)
    this.#stopping = true
    for (const response of this.#open) response.shouldKeepAlive = false
    const deadline = setTimeout(() => http.closeAllConnections(), Math.max(MAX_REQUEST_MS, 1000 * idleTimeout))
    await Promise.race([closed, pause(1000 * idleTimeout, undefined, { ref: false })])
    http.closeIdleConnections()
    const sweep = setInterval(() => http.closeIdleConnections(), SWEEP_MS)
    await closed
    clearInterval(sweep)
    clearTimeout(deadline)
  }
}

/**
 * Closes the listening socket after a short turn of the event loop in which no connection was accepted. Closing it resets
 * connections that the kernel has accepted and this process has not. Each turn accepts one of them; after a turn that
 * accepted none, only connections that came in since can be pending, so nothing in between may take time.
 */
async function closeInIdleTurn(http: HttpServer): Promise<void> {
  // If it fails, only the close below takes longer.
  await compileClose().catch(() => {})
  let accepted = 0
  const count = () => {
    accepted += 1
  }
  http.on('connection', count)
  // The current turn may be past the point at which connections are accepted.
  await turn()
  const giveUpAt = performance.now() + IDLE_TURN_WAIT_MS
  for (let began = performance.now(); began < giveUpAt; ) {
    const before = accepted
    await turn()
    const ended = performance.now()
    if (accepted === before && ended - began < IDLE_TURN_MS) break
    began = ended
  }
  close(http)
  http.off('connection', count)
}

/** The first close of a process takes much longer, since its code is only compiled then: in a busy process, a millisecond. */
async function compileClose(): Promise<void> {
  const another = new NetServer().listen({ port: 0, host: '127.0.0.1', exclusive: true })
  await once(another, 'listening')
  close(another)
}

/** `close` of http.Server would close idle connections as well. */
function close(server: NetServer): void {
  NetServer.prototype.close.call(server)
}
