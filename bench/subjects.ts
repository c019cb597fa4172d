/** What is measured: each subject starts its servers, returns the fixture for the load generator, and can be stopped. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BaselineSettings } from './baseline/server.ts'
import { accounts, type Fixture, redirectUri, resource, resourceScope, scope } from './fixture.ts'
import { freePort, type Started, start, until } from './measure/processes.ts'
import type { Services } from './measure/services.ts'

/** `revoking`: each refresh revokes the access token that it replaces. `before`: another checkout (`--before`). */
export const subjectNames = ['gatehouse', 'revoking', 'before', 'memory', 'redis'] as const
export type SubjectName = (typeof subjectNames)[number]

export interface Subject {
  name: SubjectName
  workers: number
  fixture: Fixture
  /** the first process; workers are below it */
  pid: number
  stop(): Promise<void>
}

export interface SubjectOptions {
  name: SubjectName
  workers: number
  accounts: number
  cheapPasswords?: boolean
  /** the checkout to start, instead of this one */
  checkout?: string | undefined
  /** further environment variables */
  env?: Record<string, string>
  /** a Redis address to use instead of the run's own, such as that of a counting proxy */
  redisUrl?: string
}

let started = 0

export async function startSubject(services: Services, options: SubjectOptions): Promise<Subject> {
  started += 1
  const redisUrl = options.redisUrl ?? services.redis(started)
  const { name } = options
  if (name === 'memory' || name === 'redis') return startBaseline(name === 'redis' ? redisUrl : null, options)
  const env = { ...(name === 'revoking' && { REVOKE_ON_REFRESH: 'true' }), ...options.env }
  return startGatehouse(services.postgres(`gatehouse_bench_${started}`), redisUrl, { ...options, env })
}

async function startBaseline(redisUrl: string | null, options: SubjectOptions): Promise<Subject> {
  const port = await freePort()
  const secret = 'a client secret of the bench, forty characters'
  const fixture = {
    issuer: `http://127.0.0.1:${port}`,
    web: { id: 'web', secret, redirectUri },
    machine: { id: 'machine', secret },
    resource,
    resourceScope,
    scope,
    accounts: accounts(options.accounts),
  }
  const { workers, cheapPasswords = false } = options
  const settings: BaselineSettings = { port, redisUrl, workers, cheapPasswords, fixture }
  const env = { ...process.env, NODE_ENV: 'production', BENCH_BASELINE: JSON.stringify(settings) }
  const server = start(process.execPath, [path('baseline/server.ts')], { env })
  await untilDiscovered(server, fixture.issuer)
  return { ...options, fixture, pid: server.pid, stop: server.stop }
}

async function startGatehouse(databaseUrl: string, redisUrl: string, options: SubjectOptions): Promise<Subject> {
  const port = await freePort()
  const issuer = `http://127.0.0.1:${port}`
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-bench-data-'))
  const usual = gatehouseEnv({ issuer, port, databaseUrl, redisUrl, dataDir, workers: options.workers })
  // production mode refuses such weak hashing
  const cheap = { NODE_ENV: 'test', PASSWORD_HASHING: 'm=8,t=1,p=1' }
  const env = { ...usual, ...(options.cheapPasswords && cheap), ...options.env }
  const { checkout = path('..') } = options
  const server = start(process.execPath, [join(checkout, 'cli/main.ts'), 'serve'], { env })
  await untilDiscovered(server, issuer)
  const seeding = [join(checkout, 'bench/seed.ts'), JSON.stringify({ issuer, accounts: options.accounts })]
  const printed = execFileSync(process.execPath, seeding, { env, encoding: 'utf8' })
  // log lines may come before and after it
  const fixture: Fixture = JSON.parse(printed.split('\n').find(line => line.startsWith('{"issuer"')) ?? '')
  const stop = async () => {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { ...options, fixture, pid: server.pid, stop }
}

export interface GatehouseAddresses {
  issuer: string
  port: number
  databaseUrl: string
  redisUrl: string
  dataDir: string
  workers: number
}

/** The whole product as an operator would run it: production mode, audit and limits on. */
export function gatehouseEnv(given: GatehouseAddresses): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    PUBLIC_URL: given.issuer,
    ALLOW_HTTP: 'true',
    HOST: '127.0.0.1',
    PORT: String(given.port),
    DATABASE_URL: given.databaseUrl,
    REDIS_URL: given.redisUrl,
    SECRET_KEYS: Buffer.alloc(32, 'bench').toString('base64url'),
    DATA_DIR: given.dataDir,
    WORKERS: String(given.workers),
    LOG_LEVEL: 'warn',
    // The whole load comes from one address.
    REQUEST_LIMIT_IP: '1000000/1m',
  }
}

export async function untilDiscovered(server: Started, issuer: string, every = 20) {
  const discovered = async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).ok
  await until('the server', server, discovered, 60, every)
}

function path(relative: string) {
  return fileURLToPath(new URL(relative, import.meta.url))
}
