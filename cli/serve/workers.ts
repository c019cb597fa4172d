import cluster, { type Worker } from 'node:cluster'
import { EXIT } from '../exit-codes.ts'

/** A worker that ends sooner after its start has failed to start. */
const STARTED_MS = 5_000
const FAILURES = 5

export interface Supervision {
  count: number
  /** Variables that every worker gets beside the environment. */
  env: Record<string, string>
  ready: () => void
  tell: (text: string) => void
}

/**
 * Several processes behind one port. One that ends is replaced, later and later while new ones fail at once, and
 * after some failures in a row no more: then something is wrong with all of them.
 */
export class Workers {
  readonly #supervision: Supervision
  readonly #alive = new Set<Worker>()
  readonly #ended = Promise.withResolvers<number>()
  #failures = 0
  #listening = 0
  #stopping = false
  #exitCode: number = EXIT.ok

  constructor(supervision: Supervision) {
    this.#supervision = supervision
    for (let number = 0; number < supervision.count; number++) this.#start()
  }

  /** When all have ended: the exit code. */
  get ended(): Promise<number> {
    return this.#ended.promise
  }

  /** Each finishes its requests. */
  stop(): void {
    this.#stopping = true
    for (const worker of this.#alive) worker.process.kill('SIGTERM')
    if (this.#alive.size === 0) this.#ended.resolve(this.#exitCode)
  }

  #start(): void {
    const { count, env, ready } = this.#supervision
    const started = Date.now()
    const worker = cluster.fork(env)
    this.#alive.add(worker)
    worker.once('listening', () => {
      this.#failures = 0
      this.#listening++
      if (this.#listening === count) ready()
    })
    worker.once('exit', (code, signal) => {
      this.#alive.delete(worker)
      if (this.#stopping) this.#alive.size === 0 && this.#ended.resolve(this.#exitCode)
      else this.#replace(Date.now() - started, signal ?? `exit code ${code}`, code)
    })
  }

  #replace(lived: number, how: string, code: number | null): void {
    const { tell } = this.#supervision
    this.#failures = lived < STARTED_MS ? this.#failures + 1 : 0
    if (this.#failures >= FAILURES) {
      tell(`worker after worker fails (${how}): giving up`)
      this.#exitCode = code || EXIT.unexpected
      this.stop()
    } else {
      tell(`a worker has ended (${how}); another one takes its place`)
      setTimeout(() => this.#stopping || this.#start(), this.#failures === 0 ? 0 : 100 * 2 ** this.#failures)
    }
  }
}
