import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '../../src/app.ts'
import type { Clock } from '../../src/base/clock.ts'
import { loadConfig } from '../../src/base/config.ts'
import type { Logger } from '../../src/base/log.ts'
import { type Server, startServer } from '../../src/server.ts'
import type { QueueIntervals } from '../../src/storage/queue/queue.ts'
import { freePort } from './programs.ts'
import { freshDatabase, freshRedis, pgliteDump, SECRET_KEYS, servers } from './servers.ts'

export interface Gatehouse {
  /** The issuer. */
  url: string
  app: App
  /** A second Gatehouse on the same storage, as in another process; the same one again where storage is embedded. */
  another(): Promise<{ url: string; app: App }>
  stop(): Promise<void>
}

export interface GatehouseOptions {
  /** Environment variables in addition to the usual ones of a test. */
  env?: Record<string, string>
  clock?: Clock
  /** Nothing is logged without it. */
  log?: Logger
  queueIntervals?: QueueIntervals
  /** Milliseconds after which a server that does not answer is given up; a minute without it. */
  outboundTimeout?: number
}

/** A queue that polls and retries within a second, for tests of retries. */
export const QUICK: QueueIntervals = { poll: 0.5, retry: 1, supervise: 1 }

/** Hashing that takes next to no time, so that tests of other things do not wait for it. */
const CHEAP_HASHING = 'm=64,t=1,p=1'

/** The real product on the storage of this run, on a free port, with an empty database. */
export async function startGatehouse({
  env = {},
  clock,
  log,
  queueIntervals,
  outboundTimeout = 60_000,
}: GatehouseOptions = {}): Promise<Gatehouse> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-data-'))
  const shares = servers() ? await Promise.all([freshDatabase(), freshRedis()]) : null
  const started: Server[] = []
  const options = {
    queueIntervals,
    outboundTimeout,
    ...(clock && { clock }),
    ...(log && { log }),
    pgliteDump: shares ? undefined : await pgliteDump(),
  }

  async function start(publicUrl?: string): Promise<{ server: Server; address: string }> {
    const port = await freePort()
    const config = loadConfig({
      NODE_ENV: 'test',
      PORT: String(port),
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      DEMO_PORT: 'off',
      PUBLIC_URL: publicUrl ?? `http://localhost:${port}`,
      PASSWORD_HASHING: CHEAP_HASHING,
      EMAIL_VERIFICATION: 'off',
      SECOND_FACTOR_ROLES: 'none',
      PASSKEY_OFFER: 'off',
      DATABASE_CONNECT_TIMEOUT: '60s',
      DATABASE_STATEMENT_TIMEOUT: '60s',
      REDIS_TIMEOUT: '60s',
      SECRET_KEYS,
      ...(shares && {
        DATABASE_URL: shares[0].url,
        REDIS_URL: shares[1].url,
      }),
      ...env,
    })
    // A busy machine is slow, but no sign-in of a test is refused because it waited.
    const signInQueue = { ...config.signInQueue, longestWait: 60_000 }
    const server = await startServer({ ...config, signInQueue }, options)
    started.push(server)
    return { server, address: `http://localhost:${port}` }
  }

  const first = await start(env.PUBLIC_URL)
  return {
    url: first.server.url,
    app: first.server.app,
    async another() {
      if (!shares) return { url: first.address, app: first.server.app }
      const { server, address } = await start(first.server.url)
      return { url: address, app: server.app }
    },
    async stop() {
      await Promise.all(started.map(server => server.close()))
      await Promise.all(shares?.map(share => share.drop()) ?? [])
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
