import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { eventually } from './eventually.ts'
import { settles } from './settles.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Starts a command with a minimal environment: what every shell has, and the given variables. */
function start(args: readonly string[], env: Record<string, string>): ChildProcess {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env
  return spawn(process.execPath, ['bin/gatehouse.js', ...args], {
    cwd: ROOT,
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
  })
}

export interface Answer {
  code: number
  stdout: string
  stderr: string
}

/** Runs one command of `gatehouse` and waits for it to end. */
export async function gatehouse(args: readonly string[], env: Record<string, string>, input = ''): Promise<Answer> {
  const child = start(args, env)
  child.stdin?.end(input)
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)])
  const [code] = await ended
  return { code, stdout, stderr }
}

/** A `gatehouse serve` in a process of its own, as `npm start` runs it. */
export class Serving {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''

  constructor(env: Record<string, string>, args: readonly string[] = []) {
    this.#child = start(['serve', ...args], env)
    this.#ended = once(this.#child, 'exit')
    this.#child.stdout?.on('data', chunk => this.#keep(chunk))
    this.#child.stderr?.on('data', chunk => this.#keep(chunk))
    process.once('exit', this.#kill)
  }

  #kill = () => this.#child.kill('SIGKILL')

  #keep(chunk: Buffer) {
    this.#output += stripVTControlCharacters(String(chunk))
  }

  /** Everything it has printed so far. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Waits until it has printed this. @returns the first group of the match */
  async printed(wanted: RegExp, seconds = 180): Promise<string> {
    await eventually(() => wanted.test(this.#output) || !this.running, seconds)
    const found = wanted.exec(this.#output)
    if (!found) throw new Error(`${wanted} was not printed. The output was:\n${this.#output}`)
    return found[1] ?? found[0]
  }

  /** Stops it. @returns its exit code, which is null after a signal that it does not handle */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    process.off('exit', this.#kill)
    if (this.running) this.#child.kill(signal)
    await settles(this.#ended)
    return this.#child.exitCode
  }
}
