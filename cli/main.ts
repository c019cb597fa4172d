/**
 * `gatehouse`, the command line. A command parses its options, calls a method of a noun, and prints the summary; rules,
 * audit and transactions are in the nouns. Each file here holds the commands of one noun; `kit` holds what they share,
 * `hosts` where a command runs. Start reading at `program.ts` and `kit/verb.ts`.
 */
import { localHost } from './hosts/local.ts'
import { terminal } from './kit/terminal.ts'
import { run } from './run.ts'

/** How soon the process ends even if something is still open, such as a connection to an unresponsive database. */
const LINGER_MS = 200

process.exitCode = await run(process.argv.slice(2), { io: terminal(), host: localHost() })
const unwritten = () => process.stdout.writableLength + process.stderr.writableLength
setInterval(() => unwritten() === 0 && process.exit(), LINGER_MS).unref()
