import type { IncomingMessage } from 'node:http'

/** Bytes. Larger bodies exceed the protocol's own limit, so they are not read here. */
const LIMIT = 64 * 1024

/** The maximum number of quick turns in a row, so that new connections delay requests by a few milliseconds at most. */
const MAX_QUICK_TURNS = 16

type Begin = () => void

/**
 * Starts the requests that arrive in one turn of the event loop together, with their bodies read. Their queries then leave
 * in one write, and their responses are made while code and data are in the processor's cache. A request waits until the
 * end of the turn at most, unless new connections come in. The event loop accepts one connection a turn, so pending
 * connections are accepted in quick turns first, before a request makes the next turn a long one.
 */
export class EventLoopBatches {
  #waiting: Begin[] = []
  #connected = false
  #quickTurns = 0

  /** A connection was accepted in this turn; more may be pending. */
  connectionAccepted(): void {
    this.#connected = true
  }

  add(req: IncomingMessage, begin: Begin): void {
    if (isForm(req)) readBody(req, () => this.#wait(begin))
    else this.#wait(begin)
  }

  #wait(begin: Begin): void {
    if (this.#waiting.push(begin) === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    if (this.#connected && this.#quickTurns < MAX_QUICK_TURNS) {
      this.#connected = false
      this.#quickTurns += 1
      setImmediate(() => this.#flush())
      return
    }
    this.#connected = false
    this.#quickTurns = 0
    const batch = this.#waiting
    this.#waiting = []
    for (const begin of batch) begin()
  }
}

function isForm(req: IncomingMessage): boolean {
  const length = Number(req.headers['content-length'])
  return (
    req.method === 'POST' &&
    length <= LIMIT &&
    (req.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
  )
}

/** Reads a body of known, small length into `req.body`, where the library looks for a body that was read already. */
function readBody(req: IncomingMessage & { body?: Buffer }, done: () => void): void {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.once('end', () => {
    req.body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    done()
  })
}
