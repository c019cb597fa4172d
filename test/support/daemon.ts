import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from './programs.ts'

/**
 * A server program that runs beside the tests as a child process: it is started on a free port, accepts connections before
 * it is used, and ends with the tests.
 */
export class Daemon {
  readonly #name: string
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #output = ''

  constructor(
    program: string,
    args: readonly string[],
    options: { cwd: string; as?: User | null; env?: NodeJS.ProcessEnv },
  ) {
    this.#name = program
    const [command = program, ...rest] = [...endingWithUs(), program, ...args]
    this.#child = spawn(command, rest, {
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      ...options.as,
    })
    this.#child.stdout?.on('data', chunk => this.#keep(chunk))
    this.#child.stderr?.on('data', chunk => this.#keep(chunk))
    this.#child.on('error', error => this.#keep(error.message))
    this.#ended = new Promise(resolve => this.#child.once('exit', resolve).once('error', resolve))
    process.once('exit', this.#kill)
    // A test that fails before it stops the program must not keep the process of its file running.
    this.#child.unref()
    for (const stream of [this.#child.stdout, this.#child.stderr]) if (stream instanceof Socket) stream.unref()
  }

  get #running(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** The end of what it has printed. */
  get output(): string {
    return this.#output
  }

  #kill = () => this.#child.kill('SIGKILL')

  #keep(chunk: Buffer | string) {
    this.#output = (this.#output + chunk).slice(-4000)
  }

  /** Waits until the program accepts connections on a port of 127.0.0.1, at most two minutes. */
  async listening(port: number): Promise<void> {
    for (const end = Date.now() + 120_000; Date.now() < end; await sleep(50)) {
      if (!this.#running) throw new Error(`${this.#name} ended right away:\n${this.#output}`)
      if (await accepts(port)) return
    }
    throw new Error(`${this.#name} does not listen on port ${port}:\n${this.#output}`)
  }

  /** Freezes it (SIGSTOP), or lets it continue (SIGCONT). */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal)
  }

  /** Stops it with the signal, and with SIGKILL after a minute, which only ends one that hangs. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    process.off('exit', this.#kill)
    if (!this.#running) return
    this.#child.ref()
    this.#child.kill(signal)
    const patience = setTimeout(this.#kill, 60_000)
    await this.#ended
    clearTimeout(patience)
  }
}

export interface User {
  uid: number
  gid: number
}

/** What a command begins with so that, on Linux, the program also ends when this process is killed. */
export function endingWithUs(): string[] {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : null
  return setpriv === null ? [] : [setpriv, '--pdeathsig', 'TERM', '--']
}

async function accepts(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
