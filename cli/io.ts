/**
 * What one run of the command line has of the outside world. Commands know nothing of the process they run in: the
 * terminal may be another process's, at the far end of a socket.
 */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Whether somebody is there to answer questions. */
  interactive: boolean
  /** Columns of the terminal that standard output is; undefined where it is none. */
  columns: number | undefined
  /** @throws Interrupted */
  ask(question: Question): Promise<string>
  /** The text of a file, or of standard input. @throws Error where it cannot be read */
  read(source: Source): Promise<string>
}

export interface Question {
  text: string
  /** Whether what is typed stays invisible. */
  hidden?: boolean
}

export type Source = { path: string } | 'stdin'

/** Ctrl-C at a question, or the terminal has gone. */
export class Interrupted extends Error {
  constructor() {
    super('stopped; nothing was changed')
  }
}
