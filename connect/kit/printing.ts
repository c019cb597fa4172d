import { type ChildProcess, spawn } from 'node:child_process'
import { eventually } from '../../test/support/eventually.ts'

/** Seconds for a command to print what it is waited for, or to end. */
const PATIENCE = 60

/** A command that prints something for the person to do, and ends once they have done it. */
export class Printing {
  readonly #child: ChildProcess
  #output = ''

  constructor(program: string, args: readonly string[], cwd: string, env: Record<string, string>) {
    this.#child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', chunk => {
        this.#output += chunk
      })
  }

  /** Waits until it has printed this. */
  async printed(wanted: RegExp): Promise<string> {
    await eventually(() => wanted.test(this.#output) || this.#child.exitCode !== null, PATIENCE)
    const found = wanted.exec(this.#output)?.[0]
    if (!found) this.#fail(`did not print ${wanted}`)
    return found
  }

  /** Waits until it has ended. @throws Error if it fails */
  async ended(): Promise<void> {
    await eventually(() => this.#child.exitCode !== null, PATIENCE)
    if (this.#child.exitCode !== 0) this.#fail(`ended with ${this.#child.exitCode}`)
  }

  #fail(what: string): never {
    this.#child.kill()
    throw new Error(`${this.#child.spawnargs.join(' ')} ${what}:\n${this.#output}`)
  }
}
