import { RequestContext } from '@mikro-orm/core'
import type { SqlEntityManager } from '@mikro-orm/postgresql'
import { migrations } from '../migrations/all.ts'
import { type Clock, systemClock } from './base/clock.ts'
import type { Config } from './base/config.ts'
import { createLog, type Logger } from './base/log.ts'
import { createOutbound } from './base/network/outbound.ts'
import type { Nouns } from './base/nouns.ts'
import { OutageLog } from './base/outage-log.ts'
import { Sealing } from './base/sealing.ts'
import { EMAIL_QUEUE } from './email/outbox.ts'
import { entities, notifications } from './entities.ts'
import { createLimits } from './limits/limits.ts'
import { LOGOUT_QUEUE } from './sessions/backchannel-logout-queue.ts'
import { artifactStore } from './storage/artifacts/artifact-store.ts'
import { Changes } from './storage/change-feed/changes.ts'
import { listenForChanges, openDatabase, pgliteOf } from './storage/database/database.ts'
import { Migrations } from './storage/database/migrations.ts'
import { createAtomically } from './storage/database/transactions.ts'
import { Queue, type QueueIntervals } from './storage/queue/queue.ts'
import { REDIS_PREFIX } from './storage/redis/redis.ts'
import { WEBHOOK_QUEUE } from './webhooks/deliveries.ts'
import { wired } from './wired.ts'

export interface AppOptions {
  clock?: Clock
  log?: Logger
  /** A dump of a PGlite folder to start with, in memory; for tests. */
  pgliteDump?: Blob | undefined
  /** How soon the queue looks for work and retries. */
  queueIntervals?: QueueIntervals | undefined
  /** Milliseconds that a request to another server may take. */
  outboundTimeout?: number | undefined
  redisPrefix?: string | undefined
  /** False leaves the database schema as it is: `gatehouse migrate` inspects it before it changes it. */
  migrate?: boolean
  /** Seconds to wait for another process that migrates; if absent, there is no limit. */
  lockTimeout?: number
}

export interface App extends Nouns {
  /** Runs `work`, a request or a command, with a unit of work of its own. */
  scope<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The composition root: opens the storage and wires every noun once. `close` closes everything again. */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const clock = options.clock ?? systemClock
  const log = options.log ?? createLog(config.logLevel)
  const outages = new OutageLog(log)
  const changes = new Changes()
  // If a later step fails, everything opened so far is closed again, in reverse order.
  await using opened = new AsyncDisposableStack()
  const source = { ...config, pgliteDump: options.pgliteDump }
  const database = await openDatabase(source, { entities, migrations, notifications }, changes)
  opened.defer(() => database.close())
  const em: SqlEntityManager = database.em
  const migrator = new Migrations(database, options.lockTimeout)
  if (options.migrate !== false) {
    await migrator.up()
    opened.defer(() => changes.stop())
    await listenForChanges(database, changes)
  }
  const prefix = options.redisPrefix ?? REDIS_PREFIX
  const store = artifactStore({ database, changes, config, prefix, log, outages })
  opened.defer(() => store.artifacts.close())
  opened.defer(() => store.unconfirmedResponses.close())
  const queue = new Queue({
    em,
    database: database.connection ?? (await pgliteOf(em)),
    log,
    intervals: options.queueIntervals,
  })
  opened.defer(() => queue.stop())
  if (options.migrate !== false) await queue.start(EMAIL_QUEUE, LOGOUT_QUEUE, WEBHOOK_QUEUE)

  const nouns = wired({
    config,
    clock,
    log,
    outages,
    outbound: createOutbound(config.outboundAllow, { timeout: options.outboundTimeout }),
    sealing: new Sealing(config.secretKeys),
    database,
    em,
    atomically: createAtomically(em, changes),
    changes,
    migrations: migrator,
    queue,
    ...store,
    limits: createLimits({ redis: store.redis, prefix, rates: config, clock }),
  })
  if (options.migrate !== false) await RequestContext.create(em, () => nouns.auditKey.start())
  opened.defer(() => nouns.refusedRequests.settled())
  const running = opened.move()
  return {
    ...nouns,
    scope: work => RequestContext.create(em, work),
    close: () => running.disposeAsync(),
  }
}
