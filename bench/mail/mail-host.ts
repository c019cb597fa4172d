/** A mail server on a loopback port of its own that can answer, stop answering, refuse connections, and recover. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { freePort } from '../measure/processes.ts'
import type { Behavior, Order, Report } from './child.ts'

export class MailHost {
  readonly #child: ChildProcess
  readonly #port: number

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
  }

  static async start(behavior: Behavior): Promise<MailHost> {
    const host = new MailHost(fork(fileURLToPath(new URL('child.ts', import.meta.url))), await freePort())
    await host.behave(behavior)
    return host
  }

  get url() {
    return `smtp://127.0.0.1:${this.#port}`
  }

  async behave(behavior: Behavior) {
    await this.#ask({ port: this.#port, behavior })
  }

  /** The recipients of the accepted emails, in order of arrival. */
  async arrivals(): Promise<string[]> {
    const report = await this.#ask({ tally: true })
    return 'arrivals' in report ? report.arrivals : []
  }

  stop() {
    this.#child.disconnect()
  }

  async #ask(order: Order): Promise<Report> {
    this.#child.send(order)
    const [report] = await once(this.#child, 'message', { signal: AbortSignal.timeout(20_000) })
    return report
  }
}
