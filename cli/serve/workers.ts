import cluster, { type Worker } from 'node:cluster'
import { EXIT } from '../kit/exit-codes.ts'
import type { Failure } from '../kit/failures.ts'

/** A worker that ends sooner than this after its start counts as failed to start. */
const STARTED_MS = 5_000
/** After this many failures in a row, with no worker serving, the process gives up. */
const FAILURES = 5
const LONGEST_PAUSE_MS = 10_000

interface Supervision {
  count: number
  /** Variables that workers get in addition to the environment. */
  env: Record<string, string>
  ready: () => void
  tell: (text: string) => void
}

/** In a worker: sends the reason to the first process, which prints it. */
export function reportFailure({ message, advice }: Failure): void {
  process.send?.({ failure: advice ? `${message}; ${advice}` : message })
}

/**
 * Several processes behind one port. One that ends is replaced, after a growing delay while new ones fail. Where several
 * in a row have failed and none is serving, the process gives up.
 */
export class Workers {
  readonly #supervision: Supervision
  readonly #alive = new Set<Worker>()
  readonly #serving = new Set<Worker>()
  readonly #ended = Promise.withResolvers<number>()
  #failures = 0
  #listened = 0
  #stopping = false
  #exitCode: number = EXIT.ok

  constructor(supervision: Supervision) {
    this.#supervision = supervision
    // Each worker accepts connections from the shared queue itself. With round-robin, a connection handed to a worker
    // that dies would hang until the client gives up.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    for (let number = 0; number < supervision.count; number++) this.#start()
  }

  /** The exit code, once all workers have ended. */
  get ended(): Promise<number> {
    return this.#ended.promise
  }

  /** Lets each worker finish its requests. */
  stop(): void {
    this.#stopping = true
    for (const worker of this.#alive) worker.process.kill('SIGTERM')
    if (this.#alive.size === 0) this.#ended.resolve(this.#exitCode)
  }

  #start(): void {
    const { count, env, ready } = this.#supervision
    const started = Date.now()
    const worker = cluster.fork(env)
    let reason = ''
    this.#alive.add(worker)
    worker.on('message', ({ failure }: { failure?: string }) => (reason = failure ?? reason))
    worker.once('listening', () => {
      this.#serving.add(worker)
      this.#listened++
      if (this.#listened === count) ready()
    })
    worker.once('exit', (code, signal) => {
      this.#alive.delete(worker)
      const served = this.#serving.delete(worker) && Date.now() - started >= STARTED_MS
      if (this.#stopping) this.#alive.size === 0 && this.#ended.resolve(this.#exitCode)
      else this.#replace({ served, how: reason || `${signal ?? `exit code ${code}`}`, code })
    })
  }

  #replace({ served, how, code }: { served: boolean; how: string; code: number | null }): void {
    const { tell } = this.#supervision
    this.#failures = served ? 0 : this.#failures + 1
    if (this.#failures >= FAILURES && this.#serving.size === 0) {
      tell(`workers keep failing (${how}); giving up`)
      this.#exitCode = code || EXIT.unexpected
      this.stop()
    } else {
      const pause = served ? 0 : Math.min(100 * 2 ** this.#failures, LONGEST_PAUSE_MS)
      tell(`a worker has ended (${how}); starting another${pause ? ` in ${pause / 1000} s` : ''}`)
      setTimeout(() => this.#stopping || this.#start(), pause)
    }
  }
}
