import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { decodeText } from '../../src/base/text/text-file.ts'
import { Interrupted, type Io, type Question, type Source } from './io.ts'
import { newFile, standardOutput } from './sinks.ts'

/** The terminal of this process. Questions go to standard error, so that standard output holds only the answer. */
export function terminal(): Io {
  let closed = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    closed = true
  })
  return {
    out: chunk => void (closed || process.stdout.write(chunk)),
    err: chunk => void process.stderr.write(chunk),
    progress: text => void (process.stderr.isTTY && process.stderr.write(`\r${text}\x1b[K`)),
    get closed() {
      return closed
    },
    save: async path => (path === null ? standardOutput(() => closed) : newFile(path)),
    interactive: process.stdin.isTTY === true,
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    ask,
    read: async (source: Source) =>
      decodeText(await (source === 'stdin' ? buffer(process.stdin) : readFile(source.path))),
  }
}

function ask({ text: question, hidden = false }: Question): Promise<string> {
  const echo = new Writable({
    write(chunk, _encoding, done) {
      if (!hidden) process.stderr.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output: echo, terminal: true, historySize: 0 })
  // Only after echo is off: the answer may come at once.
  if (hidden) process.stderr.write(question)
  return new Promise<string>((resolve, reject) => {
    lines.once('SIGINT', () => lines.close())
    // Also when the terminal is closed or Ctrl-D is typed.
    lines.once('close', () => reject(new Interrupted()))
    lines.question(hidden ? '' : question, answer => {
      resolve(answer)
      lines.close()
    })
  }).finally(() => {
    if (hidden) process.stderr.write('\n')
  })
}
