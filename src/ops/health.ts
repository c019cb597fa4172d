import type { App } from '../app.ts'
import { clockProblem, secondsAhead } from './clock-difference.ts'
import { Component, detailOf, ProbeFailure, type Problem, reasonOf } from './readiness-component.ts'

type Check = 'ok' | 'failed' | 'stopping'

export interface Report {
  ready: boolean
  checks: Record<string, Check>
  /** By failed check, why and since when. */
  failures: Record<string, Problem>
  /** What an operator should fix although the process is ready. */
  warnings: Record<string, Problem>
}

/** How often the process checks by itself, so that the log shows a problem even if no one requests the report. */
const EVERY_MS = 10_000
const TIMEOUT_MS = 3_000
const TICK_MS = 100

type Name = 'database' | 'artifacts' | 'keys'

/**
 * Readiness: whether the database and the artifact store accept writes, and there is a current signing key.
 * When a problem begins, the log gets its details; the report, which anyone may read, has only its kind.
 */
export class Health {
  readonly #app: App
  readonly #checked = { database: new Component(), artifacts: new Component(), keys: new Component() }
  /** Problems here only cause warnings: the change notifications of the database, and the clocks of the stores. */
  readonly #warned = {
    notifications: new Component(),
    'clock of the database': new Component(),
    'clock of the artifact store': new Component(),
  }
  /** Probes under way: the next check waits for one that hangs, and does not start another. */
  readonly #pending = new Map<Name, Promise<unknown>>()
  #timer: NodeJS.Timeout | undefined
  #stopping = false

  constructor(app: App) {
    this.#app = app
  }

  start(): void {
    this.#timer = setInterval(() => void this.check(), EVERY_MS).unref()
  }

  /** Reports not ready from now on, so that the load balancer sends no new requests while the last ones finish. */
  stop(): void {
    this.#stopping = true
    clearInterval(this.#timer)
  }

  async check(): Promise<Report> {
    const { database, artifacts, keys } = this.#app
    const results = await Promise.all([
      this.#passes('database', () => this.#timed('the database', () => database.probe())),
      this.#passes('artifacts', () => this.#timed('the artifact store', () => artifacts.probe())),
      this.#passes('keys', async () => {
        if (!(await keys.ready())) throw new ProbeFailure('no current signing key')
      }),
    ])
    this.#checkNotifications()
    const checks: Record<string, Check> = Object.fromEntries(results)
    if (this.#stopping) checks.process = 'stopping'
    const ready = Object.values(checks).every(check => check === 'ok')
    return { ready, checks, failures: problemsOf(this.#checked), warnings: problemsOf(this.#warned) }
  }

  /** Warns if a pooler blocks the database's change notifications: changes are then noticed a second or more late. */
  #checkNotifications(): void {
    const { changes, clock, log } = this.#app
    const component = this.#warned.notifications
    if (!changes.silent) {
      if (component.works()) log.info('database change notifications are received again')
    } else if (component.fails('not received', clock.now())) {
      log.warn(
        'database change notifications are not received: a pooler in front of the database must use session pooling (PgBouncer: pool_mode = session). Until then caches are short-lived, and the database gets more queries',
      )
    }
  }

  /** Warns if a store's clock differs: what one process makes may be expired, or not yet valid, for another. */
  async #timed(store: 'the database' | 'the artifact store', probe: () => Promise<Date>): Promise<void> {
    const { clock, log } = this.#app
    const asked = clock.now().getTime()
    const time = await probe()
    const problem = clockProblem(store, secondsAhead(time, { asked, answered: clock.now().getTime() }))
    const component = this.#warned[`clock of ${store}`]
    const known = component.problem !== null
    if (problem) component.fails(problem, clock.now())
    else if (component.works()) log.info(`the clock of ${store} agrees with the clock of this machine again`)
    if (problem && !known) log.warn(`${problem}: synchronize both with NTP, or codes and tokens are refused`)
  }

  async #passes(name: Name, work: () => Promise<unknown>): Promise<[Name, Check]> {
    const pending = this.#pending.get(name) ?? work().finally(() => this.#pending.delete(name))
    this.#pending.set(name, pending)
    const { clock, log } = this.#app
    try {
      await inTime(pending)
      const since = this.#checked[name].works()
      if (since) log.info({ component: name, since }, `ready again: ${name}`)
      return [name, 'ok']
    } catch (error) {
      const reason = reasonOf(error)
      if (this.#checked[name].fails(reason, clock.now()) && !this.#stopping) {
        log.error({ component: name, reason, ...detailOf(error) }, `not ready: ${name}: ${reason}`)
      }
      return [name, 'failed']
    }
  }
}

/** Counts only time in which the event loop ran: a process that was busy may have had no chance to read the answer. */
async function inTime(work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<never>()
  let ticks = 0
  const timer = setInterval(() => {
    ticks += 1
    if (ticks * TICK_MS >= TIMEOUT_MS) late.reject(new ProbeFailure('no answer in time'))
  }, TICK_MS)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearInterval(timer)
  }
}

function problemsOf(components: Record<string, Component>): Record<string, Problem> {
  return Object.fromEntries(
    Object.entries(components).flatMap(([name, { problem }]) => (problem ? [[name, problem]] : [])),
  )
}
