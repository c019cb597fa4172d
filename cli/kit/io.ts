/**
 * Everything a command uses of the outside world. Commands do not depend on the process they run in: the terminal may
 * belong to another process, at the other end of a socket.
 */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether questions can be asked. */
  interactive: boolean
  /** The width of the terminal; undefined where standard output is not a terminal. */
  columns: number | undefined
  /** @throws Interrupted */
  ask(question: Question): Promise<string>
  /** The text of a file, or of standard input. @throws Error where it cannot be read */
  read(source: Source): Promise<string>
}

export interface Question {
  text: string
  /** Whether the typed answer is hidden. */
  hidden?: boolean
}

export type Source = { path: string } | 'stdin'

/** Ctrl-C at a question, an answer other than yes, or a closed terminal. */
export class Interrupted extends Error {
  constructor() {
    super('cancelled; nothing was changed')
  }
}
