/**
 * `gatehouse`: the operator's mouth of the product. A command parses, calls one method of a noun, and prints its
 * summary; rules, records and transactions live in the nouns. One file here is the commands of one noun.
 */
import { localHost } from './local.ts'
import { run } from './run.ts'
import { terminal } from './terminal.ts'

/** How soon the process ends though something is still open: a connection to a database that fell silent, for one. */
const LINGER_MS = 200

process.exitCode = await run(process.argv.slice(2), { io: terminal(), host: localHost() })
const unwritten = () => process.stdout.writableLength + process.stderr.writableLength
setInterval(() => unwritten() === 0 && process.exit(), LINGER_MS).unref()
