import type { Socket } from 'node:net'
import type { Question, Source } from '../kit/io.ts'

/** From the terminal to the process that runs the command. */
export type FromTerminal =
  | { run: { argv: readonly string[]; interactive: boolean; columns?: number | undefined } }
  | { reply: string }
  | { unreadable: string }
  | { interrupted: true }

/** Opens a new file, or standard output; writes to it; gives it its name. */
export type SaveStep = { save: string | null } | { write: string } | { finish: true }

/** From the process that runs the command to the terminal. */
export type ToTerminal =
  | { out: string }
  | { err: string }
  | { ask: Question }
  | { read: Source }
  | { progress: string }
  | SaveStep
  | { exit: number }
  | { busy: { pid: number; doing: string } }

const LONGEST = 4 * 1024 * 1024

/** Messages over a socket: one JSON value per line. */
export class Wire<Sent, Received> {
  readonly #socket: Socket
  readonly #lines: AsyncGenerator<string>

  constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = lines(socket)
  }

  send(message: Sent): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  /** The next message; null once the other end has closed. */
  async receive(): Promise<Received | null> {
    const { value, done } = await this.#lines.next()
    return done ? null : JSON.parse(value)
  }

  /** Whether the other end has gone. */
  get closed(): boolean {
    return !this.#socket.writable
  }

  end(): void {
    this.#socket.end()
  }
}

async function* lines(socket: Socket): AsyncGenerator<string> {
  let rest = ''
  try {
    for await (const chunk of socket.setEncoding('utf8')) {
      const parts = `${rest}${chunk}`.split('\n')
      rest = parts.pop() ?? ''
      if (rest.length > LONGEST) return
      yield* parts
    }
  } catch (error) {
    // The other end has gone, for whatever reason.
    if (!(error instanceof Error && 'code' in error)) throw error
  }
}
