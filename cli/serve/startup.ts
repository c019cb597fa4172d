import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { StoreUnavailable } from '../../src/base/refusals.ts'
import { checkPostgres, checkRedis } from '../../src/storage/connectivity.ts'
import { isTemporary } from '../../src/storage/store-errors.ts'
import { EXIT } from '../kit/exit-codes.ts'
import { CliError, chain } from '../kit/failures.ts'

const PAUSE_MS = 1_000
/** How often the log repeats that a store is not reachable yet. */
const EVERY_MS = 10_000

interface Startup {
  config: Config
  log: Logger
  stop: Promise<void>
}

/**
 * Runs `start` once PostgreSQL and Redis answer. Waits up to STARTUP_TIMEOUT for them, also where one stops answering
 * during `start`, and says so in the log.
 * @returns null where the process was asked to stop meanwhile
 * @throws CliError after STARTUP_TIMEOUT
 */
export async function startWithStores<T>(
  start: () => Promise<T>,
  { config, log, stop }: Startup,
): Promise<Awaited<T> | null> {
  const over = new AbortController()
  const stopped = stop.then(() => {
    over.abort()
    return null
  })
  const begun = begin()
  // A server of its own needs no cleaning up. The embedded database must be closed, and always answers.
  return config.databaseUrl ? Promise.race([begun, stopped]) : begun

  async function begin(): Promise<Awaited<T> | null> {
    const wait = new Wait(config.startupTimeout, log)
    while (!over.signal.aborted) {
      try {
        await askStores(config)
        wait.answered()
        return await watched(start(), config)
      } catch (error) {
        wait.failed(error)
      }
      await pause(PAUSE_MS, undefined, { signal: over.signal }).catch(() => {})
    }
    return null
  }
}

async function askStores({ databaseUrl, databaseLimits, redisUrl }: Config): Promise<void> {
  await Promise.all([databaseUrl && checkPostgres(databaseUrl, databaseLimits), redisUrl && checkRedis(redisUrl)])
}

/** Fails where the stores do not answer for STARTUP_TIMEOUT. */
async function watched<T>(work: Promise<T>, config: Config): Promise<Awaited<T>> {
  const done = new AbortController()
  try {
    return await Promise.race([work, silence()])
  } finally {
    done.abort()
  }

  async function silence(): Promise<never> {
    for (let since = Date.now(); ; ) {
      await pause(EVERY_MS / 5, undefined, { signal: done.signal })
      try {
        await askStores(config)
        since = Date.now()
      } catch (error) {
        if (Date.now() - since >= 1000 * config.startupTimeout) throw error
      }
    }
  }
}

class Wait {
  readonly #seconds: number
  readonly #log: Logger
  readonly #began = Date.now()
  #waiting: string | null = null
  #said = 0

  constructor(seconds: number, log: Logger) {
    this.#seconds = seconds
    this.#log = log
  }

  answered(): void {
    if (this.#waiting) this.#log.info({ waited: this.#waited }, 'the stores are reachable')
    this.#waiting = null
  }

  /** @throws CliError after STARTUP_TIMEOUT; the error itself where waiting does not help */
  failed(error: unknown): void {
    const away = chain(error).find(cause => cause instanceof StoreUnavailable)
    if (!away || !isTemporary(away)) throw error
    const left = this.#seconds - this.#waited
    if (left <= 0) throw notAnswered(away, this.#seconds)
    if (this.#waiting === away.store && Date.now() - this.#said < EVERY_MS) return
    this.#waiting = away.store
    this.#said = Date.now()
    this.#log.warn({ store: away.store, reason: away.reason, secondsLeft: left }, `waiting for ${away.store}`)
  }

  get #waited(): number {
    return Math.round((Date.now() - this.#began) / 1000)
  }
}

function notAnswered({ store, reason }: StoreUnavailable, seconds: number): CliError {
  return new CliError({
    exit: EXIT.storageTimeout,
    code: 'storage_timeout',
    message: `storage is not reachable: ${store}: ${reason} (waited ${seconds} s)`,
    advice: '`gatehouse config check` tries the database and Redis. STARTUP_TIMEOUT sets how long serve waits.',
  })
}
