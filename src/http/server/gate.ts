import type { IncomingMessage } from 'node:http'

/** More than the protocol's own limit is read by nobody. */
const LIMIT = 64 * 1024

/** One after the other, so that requests wait for connections a few milliseconds at most. */
const MOST_QUICK_TURNS = 16

type Begin = () => void

/**
 * Lets the requests that arrive in one turn of the event loop begin together, with their bodies read: what they then ask
 * of the store leaves in one write, and their answers are made while the processor has all of it at hand. Nobody waits
 * longer than until the end of the turn, unless new connections come in: the event loop takes one of them a turn, so those
 * that wait are taken in quick turns first, before a request makes the next turn a long one.
 */
export class Gate {
  #waiting: Begin[] = []
  #connected = false
  #quickTurns = 0

  /** A connection was taken in this turn; more may wait. */
  connected(): void {
    this.#connected = true
  }

  enter(req: IncomingMessage, begin: Begin): void {
    if (isForm(req)) readBody(req, () => this.#wait(begin))
    else this.#wait(begin)
  }

  #wait(begin: Begin): void {
    if (this.#waiting.push(begin) === 1) setImmediate(() => this.#open())
  }

  #open(): void {
    if (this.#connected && this.#quickTurns < MOST_QUICK_TURNS) {
      this.#connected = false
      this.#quickTurns += 1
      setImmediate(() => this.#open())
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

/** A body of known, small length, kept as `req.body`, where the library looks for one that has been read already. */
function readBody(req: IncomingMessage & { body?: Buffer }, done: () => void): void {
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  req.once('end', () => {
    req.body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    done()
  })
}
