import type { App } from '../app.ts'
import { ahead, clockTrouble } from './clock-difference.ts'
import { detailOf, Part, ProbeFailure, reasonOf, type Trouble } from './part.ts'

type Check = 'ok' | 'failed' | 'stopping'

export interface Report {
  ready: boolean
  checks: Record<string, Check>
  /** By failed check, why and since when. */
  failures: Record<string, Trouble>
  /** What an operator should fix although the process is ready. */
  warnings: Record<string, Trouble>
}

/** How often the process checks by itself, so that the log shows trouble even if no one requests the report. */
const EVERY_MS = 10_000
const LATE_MS = 3_000
const TICK_MS = 100

const CHECKS = ['database', 'artifacts', 'keys'] as const
type Name = (typeof CHECKS)[number]

/**
 * Readiness: whether the database and the artifact store accept writes, and there is a current signing key.
 * When a problem begins, the log gets its details; the report, which anyone may read, has only its kind.
 */
export class Health {
  readonly #app: App
  readonly #parts: Record<Name, Part> = { database: new Part(), artifacts: new Part(), keys: new Part() }
  readonly #changeNotifications = new Part()
  /** By the name of the store's clock. */
  readonly #clocks = new Map<string, Part>()
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
      this.#passes('artifacts', () => this.#timed('the session store', () => artifacts.probe())),
      this.#passes('keys', async () => {
        if (!(await keys.ready())) throw new ProbeFailure('no current signing key')
      }),
    ])
    const checks: Record<string, Check> = Object.fromEntries(results)
    if (this.#stopping) checks.process = 'stopping'
    return {
      ready: Object.values(checks).every(check => check === 'ok'),
      checks,
      failures: troubles(this.#parts),
      warnings: troubles({ notifications: this.#notifications(), ...Object.fromEntries(this.#clocks) }),
    }
  }

  /** Warns if a pooler blocks the database's change notifications: changes are then noticed a second or more late. */
  #notifications(): Part {
    const { changes, clock, log } = this.#app
    const part = this.#changeNotifications
    if (!changes.silent) {
      if (part.well()) log.info('database change notifications are received again')
    } else if (part.ill('not received', clock.now())) {
      log.warn(
        'database change notifications are not received: a pooler in front of the database must keep sessions (PgBouncer: pool_mode = session). Until then caches are short-lived, and the database gets more queries',
      )
    }
    return part
  }

  /** Warns if a store's clock differs: what one process makes may be expired, or not yet valid, for another. */
  async #timed(store: string, probe: () => Promise<Date>): Promise<void> {
    const { clock, log } = this.#app
    const asked = clock.now().getTime()
    const time = await probe()
    const trouble = clockTrouble(store, ahead(time, { asked, answered: clock.now().getTime() }))
    const name = `clock of ${store}`
    const part = this.#clocks.get(name) ?? new Part()
    this.#clocks.set(name, part)
    const before = part.trouble
    if (trouble) part.ill(trouble, clock.now())
    else if (part.well()) log.info(`the clock of ${store} agrees with the clock of this machine again`)
    if (trouble && !before) log.warn(`${trouble}: set both by NTP, or codes and tokens are refused`)
  }

  async #passes(name: Name, work: () => Promise<unknown>): Promise<[Name, Check]> {
    const pending = this.#pending.get(name) ?? work().finally(() => this.#pending.delete(name))
    this.#pending.set(name, pending)
    const { clock, log } = this.#app
    try {
      await inTime(pending)
      const since = this.#parts[name].well()
      if (since) log.info({ part: name, since }, `${name}: ready again`)
      return [name, 'ok']
    } catch (error) {
      const reason = reasonOf(error)
      if (this.#parts[name].ill(reason, clock.now()) && !this.#stopping) {
        log.error({ part: name, reason, ...detailOf(error) }, `not ready: ${name}: ${reason}`)
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
    if (ticks * TICK_MS >= LATE_MS) late.reject(new ProbeFailure('no answer in time'))
  }, TICK_MS)
  try {
    await Promise.race([work, late.promise])
  } finally {
    clearInterval(timer)
  }
}

function troubles(parts: Record<string, Part>): Record<string, Trouble> {
  return Object.fromEntries(Object.entries(parts).flatMap(([name, { trouble }]) => (trouble ? [[name, trouble]] : [])))
}
