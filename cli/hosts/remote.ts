import type { Socket } from 'node:net'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError, fileProblem } from '../kit/failures.ts'
import { Interrupted, type Io, type Sink } from '../kit/io.ts'
import { type FromTerminal, type SaveStep, type ToTerminal, Wire } from './wire.ts'

/** The owner of DATA_DIR runs the command; this process, at our end of the socket, provides the terminal. */
export async function runInOwner(socket: Socket, argv: readonly string[], io: Io): Promise<number> {
  const wire = new Wire<FromTerminal, ToTerminal>(socket)
  wire.send({ run: { argv, interactive: io.interactive, columns: io.columns } })
  const saved = saving(io)
  for (let message = await wire.receive(); message; message = await wire.receive()) {
    if ('exit' in message) {
      wire.end()
      return message.exit
    }
    if ('busy' in message) throw new DataFolderBusy(message.busy)
    if ('out' in message) io.out(message.out)
    if ('err' in message) io.err(message.err)
    if ('ask' in message) wire.send(await answered(() => io.ask(message.ask)))
    if ('read' in message) wire.send(await answered(() => io.read(message.read)))
    if ('progress' in message) io.progress(message.progress)
    if ('save' in message || 'write' in message || 'finish' in message) wire.send(await answered(() => saved(message)))
    // Nothing reads the output any more: the command there ends when this connection does.
    if (io.closed) {
      wire.end()
      return EXIT.ok
    }
  }
  throw new CliError({
    exit: EXIT.unexpected,
    code: 'server_gone',
    message: 'the server stopped before the command had finished',
    advice: 'Check whether it took effect, then run it again if needed.',
  })
}

/** Writes what the command writes to a file or to standard output. */
function saving(io: Io): (step: SaveStep) => Promise<string> {
  let sink: Sink | undefined
  return async step => {
    if ('save' in step) sink = await io.save(step.save)
    else if ('write' in step) await sink?.write(step.write)
    else await sink?.finish()
    return ''
  }
}

/** DATA_DIR is in use by a process that is not a server. */
export class DataFolderBusy extends CliError {
  constructor({ pid, doing }: { pid: number; doing: string }) {
    super({
      exit: EXIT.busy,
      code: 'in_use',
      message: `DATA_DIR is in use by "gatehouse ${doing}" (process ${pid})`,
      advice: 'Only one process at a time can use the embedded database: wait for the other one, or stop it.',
    })
  }
}

async function answered(work: () => Promise<string>): Promise<FromTerminal> {
  try {
    return { reply: await work() }
  } catch (error) {
    if (error instanceof Interrupted) return { interrupted: true }
    return { unreadable: error instanceof Error ? fileProblem(error.message) : String(error) }
  }
}

/** The Io of a command that was typed in another process: output and questions go to the terminal there. */
export function remoteIo(
  wire: Wire<ToTerminal, FromTerminal>,
  { interactive, columns }: { interactive: boolean; columns?: number | undefined },
): Io {
  const request = async (question: ToTerminal) => {
    wire.send(question)
    const message = await wire.receive()
    if (message && 'reply' in message) return message.reply
    if (message && 'unreadable' in message) {
      throw new CliError({ exit: EXIT.usage, code: 'file', message: message.unreadable })
    }
    throw new Interrupted()
  }
  return {
    interactive,
    columns,
    get closed() {
      return wire.closed
    },
    progress: text => wire.send({ progress: text }),
    async save(path) {
      await request({ save: path })
      return {
        write: async text => void (await request({ write: text })),
        finish: async () => void (await request({ finish: true })),
      }
    },
    out: text => wire.send({ out: text }),
    err: text => wire.send({ err: text }),
    ask: question => request({ ask: question }),
    read: source => request({ read: source }),
  }
}
