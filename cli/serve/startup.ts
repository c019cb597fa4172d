import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { StoreUnavailable } from '../../src/base/refusals.ts'
import { checkPostgres, checkRedis } from '../../src/storage/connectivity.ts'
import { isTemporary } from '../../src/storage/store-errors.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError, chain } from '../kit/failures.ts'
import type { Serving } from './serving.ts'

const PAUSE_MS = 1_000
/** How often the log repeats that a store is not reachable yet. */
const EVERY_MS = 10_000

/**
 * Runs `start` once PostgreSQL and Redis answer. Waits up to STARTUP_TIMEOUT for them, also where one stops answering
 * during `start`, and says so in the log.
 * @returns null where the process was asked to stop meanwhile
 * @throws CliError after STARTUP_TIMEOUT; the error of `start` where waiting does not help
 */
export async function startWithStores<T>(
  start: () => Promise<T>,
  { config, log, stop }: Serving,
): Promise<Awaited<T> | null> {
  const aborted = new AbortController()
  const stopped = stop.then(() => {
    aborted.abort()
    return null
  })
  const wait = new Wait(config.startupTimeout, log)
  const started = tryUntilStarted()
  // A database server needs no cleanup here. The embedded database always answers, and must be closed.
  return config.databaseUrl ? Promise.race([started, stopped]) : started

  async function tryUntilStarted(): Promise<Awaited<T> | null> {
    while (!aborted.signal.aborted) {
      try {
        await askStores(config)
        wait.answered()
        return await whileStoresAnswer(start(), config)
      } catch (error) {
        wait.failed(error)
      }
      await pause(PAUSE_MS, undefined, { signal: aborted.signal }).catch(() => {})
    }
    return null
  }
}

async function askStores({ databaseUrl, databaseLimits, redisUrl, redisTimeout }: Config): Promise<void> {
  await Promise.all([
    databaseUrl && checkPostgres(databaseUrl, databaseLimits),
    redisUrl && checkRedis(redisUrl, redisTimeout),
  ])
}

/** @throws StoreUnavailable if a store does not answer for STARTUP_TIMEOUT while the work is under way */
async function whileStoresAnswer<T>(work: Promise<T>, config: Config): Promise<Awaited<T>> {
  const done = new AbortController()
  return Promise.race([work, storesStayAway()]).finally(() => done.abort())

  async function storesStayAway(): Promise<never> {
    for (let answered = Date.now(); ; ) {
      await pause(EVERY_MS / 5, undefined, { signal: done.signal })
      try {
        await askStores(config)
        answered = Date.now()
      } catch (error) {
        if (Date.now() - answered >= 1000 * config.startupTimeout) throw error
      }
    }
  }
}

/** Logs which store is not reachable yet: at once and then every ten seconds. */
class Wait {
  readonly #seconds: number
  readonly #log: Logger
  readonly #began = Date.now()
  #waitingFor: string | null = null
  #loggedAt = 0

  constructor(seconds: number, log: Logger) {
    this.#seconds = seconds
    this.#log = log
  }

  answered(): void {
    if (this.#waitingFor) this.#log.info({ waited: this.#waited }, 'the stores are reachable')
    this.#waitingFor = null
  }

  /** @throws CliError after STARTUP_TIMEOUT; the error itself where waiting does not help */
  failed(error: unknown): void {
    const away = chain(error).find(cause => cause instanceof StoreUnavailable)
    if (!away || !isTemporary(away)) throw error
    const { store, reason } = away
    const secondsLeft = this.#seconds - this.#waited
    if (secondsLeft <= 0)
      throw new CliError({
        exit: EXIT.storageTimeout,
        code: 'storage_timeout',
        message: `storage is not reachable: ${store}: ${reason} (waited ${this.#seconds} s)`,
        advice: '`gatehouse config check` tries the database and Redis. STARTUP_TIMEOUT sets how long serve waits.',
      })
    if (this.#waitingFor === store && Date.now() - this.#loggedAt < EVERY_MS) return
    this.#waitingFor = store
    this.#loggedAt = Date.now()
    this.#log.warn({ store, reason, secondsLeft }, `waiting for ${store}`)
  }

  get #waited(): number {
    return Math.round((Date.now() - this.#began) / 1000)
  }
}
