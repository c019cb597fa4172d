import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Interrupted, type Io } from '../../cli/kit/io.ts'
import type { Host } from '../../cli/kit/session.ts'
import { newFile } from '../../cli/kit/sinks.ts'
import { run } from '../../cli/run.ts'
import { type App, type AppOptions, createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/base/config.ts'
import { freshDatabase, freshRedis, pgliteDump, SECRET_KEYS, servers } from '../support/servers.ts'

export interface Result {
  code: number
  out: string
  err: string
  /** What was asked, in order. */
  asked: string[]
}

export interface Person {
  /** The answers typed at the terminal, in order; without them there is no terminal. */
  answers?: string[]
  stdin?: string
  files?: Record<string, string>
}

export interface Commands {
  /** Runs a line as a shell would split it, without the leading `gatehouse`. */
  run(line: string, person?: Person): Promise<Result>
  /** The same with --json; returns the parsed output. Rejects unless it is one JSON document and the exit code is 0. */
  json<T = Record<string, unknown>>(line: string, person?: Person): Promise<T>
}

export interface CommandLine extends Commands {
  app: App
  stop(): Promise<void>
}

/** The whole program on the storage of this run, in this process, as a running server runs it for an operator. */
export async function openCommandLine(
  env: Record<string, string> = {},
  options: Pick<AppOptions, 'clock' | 'log'> = {},
): Promise<CommandLine> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-cli-'))
  const shares = servers() ? await Promise.all([freshDatabase(), freshRedis()]) : null
  const config = loadConfig({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    PASSWORD_HASHING: 'm=64,t=1,p=1',
    PUBLIC_URL: 'https://id.example.com',
    SECRET_KEYS,
    ...env,
    ...(shares && { DATABASE_URL: shares[0].url, REDIS_URL: shares[1].url }),
  })
  const app = await createApp(config, { ...options, pgliteDump: shares ? undefined : await pgliteDump() })
  return {
    app,
    ...commandsFor(app),
    async stop() {
      await app.close()
      await Promise.all(shares?.map(share => share.drop()) ?? [])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A terminal that prints nothing and answers nothing. */
export const quietIo: Io = {
  out() {},
  err() {},
  progress() {},
  interactive: false,
  closed: false,
  columns: undefined,
  ask: async () => '',
  read: async () => '',
  save: async () => ({ write: async () => {}, finish: async () => {} }),
}

/** The commands of a running Gatehouse. */
export function commandsFor(app: App): Commands {
  const host: Host = {
    serving: true,
    async use(_session, _options, work) {
      await app.scope(() => work(app))
      return 0
    },
  }
  const type = (line: string, person: Person = {}) => runIn(host, words(line), person)
  return {
    run: type,
    async json<T>(line: string, person?: Person) {
      const { code, out, err } = await type(`${line} --json`, person)
      if (code !== 0) throw new Error(`${line}: exit code ${code}: ${err}`)
      return JSON.parse(out) as T
    },
  }
}

async function runIn(host: Host, argv: string[], { answers, stdin, files = {} }: Person): Promise<Result> {
  const result: Result = { code: 0, out: '', err: '', asked: [] }
  const left = [...(answers ?? [])]
  const io: Io = {
    interactive: answers !== undefined,
    columns: undefined,
    closed: false,
    progress() {},
    // Files are real ones; what goes to standard output is kept.
    save: async path => (path === null ? { write: async text => io.out(text), finish: async () => {} } : newFile(path)),
    out: text => {
      result.out += text
    },
    err: text => {
      result.err += text
    },
    async ask({ text }) {
      result.asked.push(text)
      const answer = left.shift()
      if (answer === undefined) throw new Interrupted()
      return answer
    },
    async read(source) {
      const text = source === 'stdin' ? stdin : files[source.path]
      if (text === undefined)
        throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', syscall: 'open' })
      return text
    },
  }
  result.code = await run(argv, { io, host })
  return result
}

/** Splits a line as a shell does: at spaces, and with both kinds of quotation marks. */
export function words(line: string): string[] {
  const parts = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? []
  return parts.map(part => part.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'))
}
