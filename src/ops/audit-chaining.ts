import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../app.ts'
import { BrokenChain } from '../audit/broken-chain.ts'
import { ChainWait } from '../audit-chain/chain-wait.ts'

/** How often a process looks for new audit events. */
const EVERY_MS = 1000
/** Between batches, so that the events of an earlier release do not take all of the database. */
const PAUSE_MS = 20

/** Links new audit events to the chain, about a second after they were written. When it stops, it finishes the current batch. */
export class AuditChaining {
  readonly #app: App
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #failing = false
  readonly #wait: ChainWait

  constructor(app: App) {
    this.#app = app
    this.#wait = new ChainWait(app)
  }

  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    for (let more = false; !signal.aborted; more = await this.#append())
      await sleep(more ? PAUSE_MS : EVERY_MS, undefined, { signal }).catch(() => {})
  }

  async #append(): Promise<boolean> {
    if (this.#stopping.signal.aborted) return false
    const { scope, auditChain, log } = this.#app
    try {
      const { more, held } = await scope(async () => {
        const batch = await auditChain.append()
        if (batch.held) await this.#wait.held()
        return batch
      })
      if (!held) this.#wait.over()
      if (this.#failing) log.info('audit events are linked to the chain again')
      this.#failing = false
      return more
    } catch (error) {
      if (!this.#failing) {
        const broken = error instanceof BrokenChain
        if (broken) log.error({ reason: error.message }, 'the audit trail is broken; see gatehouse audit verify')
        else log.warn({ err: error }, 'audit events could not be linked to the chain; this is tried again')
      }
      this.#failing = true
      return false
    }
  }
}
