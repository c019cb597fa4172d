import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from './postgres.ts'
import { startRedis, startRedisCluster } from './redis.ts'
import { pgliteTemplate, postgresTemplate } from './templates.ts'

/** A storage that the whole suite runs on once, and the environment that passes it to the test files. */
export interface Storage {
  name: 'embedded' | 'servers'
  /** A description for people. */
  title: string
  env: Record<string, string>
}

export interface PreparedStorage {
  storages: Storage[]
  /** Environment variables for the files of this run. */
  folder: string
  stop(): Promise<void>
}

interface Servers {
  title: string
  env: Record<string, string>
  stop(): Promise<void>
}

/** Finds or starts the storages that this machine offers, once for a whole run; only the named one if a name is given. */
export async function prepareStorage(only?: string): Promise<PreparedStorage> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'))
  // PostgreSQL may run as another user, who must be able to reach its own folder inside.
  await chmod(folder, 0o711)
  const [pglite, servers] = await Promise.all([
    pgliteTemplate(),
    only === 'embedded' ? null : (given() ?? startServers(folder)),
  ])
  const template = servers && (await postgresTemplate(servers.env.TEST_DATABASE_URL!))

  const none = { TEST_DATABASE_URL: '', TEST_REDIS_URL: '', TEST_REDIS_CLUSTER_URL: '' }
  const env = { STORAGE: 'embedded', ...none, TEST_PGLITE_TEMPLATE: pglite }
  const storages: Storage[] = only === 'servers' ? [] : [{ name: 'embedded', title: 'PGlite', env }]
  if (servers && template) {
    const all = { ...env, STORAGE: 'servers', ...servers.env, TEST_DATABASE_TEMPLATE: template.name }
    storages.push({ name: 'servers', title: servers.title, env: all })
  }
  return {
    storages,
    folder,
    async stop() {
      await template?.drop()
      await servers?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function given(): Servers | null {
  const { TEST_DATABASE_URL, TEST_REDIS_URL } = process.env
  if (!TEST_DATABASE_URL || !TEST_REDIS_URL) return null
  const env = { TEST_DATABASE_URL, TEST_REDIS_URL }
  return { title: 'the PostgreSQL and Redis of the environment', env, stop: async () => {} }
}

async function startServers(folder: string): Promise<Servers | null> {
  const started = await Promise.all([startPostgres(folder), startRedis(folder), startRedisCluster(folder)])
  const stop = async () => void (await Promise.all(started.map(server => server?.stop())))
  const [postgres, redis, cluster] = started
  if (postgres && redis && cluster) {
    const env = { TEST_DATABASE_URL: postgres.url, TEST_REDIS_URL: redis.url, TEST_REDIS_CLUSTER_URL: cluster.url }
    return { title: `${postgres.name} + ${redis.name} (started for this run)`, env, stop }
  }
  await stop()
  return null
}
