/**
 * Everything a command uses of the outside world. Commands do not depend on the process they run in: the terminal may
 * belong to another process, at the other end of a socket.
 */
export interface Io {
  out(text: string): void
  err(text: string): void
  /** Shows how far a long command is, in place, if standard error is a terminal. An empty text removes it. */
  progress(text: string): void
  /** Whether standard output was closed, as `head` does after its first lines. */
  readonly closed: boolean
  /**
   * Opens a new file, or standard output if the path is null, for a text of any length.
   * @throws Error where the file exists or cannot be written
   */
  save(path: string | null): Promise<Sink>
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

/** Where a long text goes. Each step waits until the text before is written, so that nothing piles up. */
export interface Sink {
  write(text: string): Promise<void>
  /** Gives a file its name. Until then, it is called FILE.partial. */
  finish(): Promise<void>
}

export type Source = { path: string } | 'stdin'

/** Ctrl-C at a question, an answer other than yes, or a closed terminal. */
export class Interrupted extends Error {
  constructor() {
    super('cancelled; nothing was changed')
  }
}
