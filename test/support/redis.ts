import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { Daemon } from './daemon.ts'
import { findProgram, freePort } from './programs.ts'

/** Enough numbered databases for every file of a run to have its own. */
const DATABASES = 1000
const SLOTS = 16_384

export interface RedisServer {
  url: string
  /** As people say it: `Redis 8`. */
  name: string
  stop(): Promise<void>
}

/** Starts a Redis of our own in a folder, nothing kept on disk; null if the machine has none. */
export async function startRedis(folder: string): Promise<RedisServer | null> {
  const program = findProgram('redis-server')
  if (program === null) return null
  const node = await startNode(program, join(folder, 'redis'), ['--databases', String(DATABASES)])
  const { stdout } = await promisify(execFile)(program, ['--version'])
  return { url: `redis://127.0.0.1:${node.port}`, name: `Redis ${/v=(\d+)/.exec(stdout)?.[1]}`, stop: node.stop }
}

/** Starts a Cluster of three masters, each with a third of the slots; null if the machine has no Redis. */
export async function startRedisCluster(folder: string): Promise<RedisServer | null> {
  const program = findProgram('redis-server')
  if (program === null) return null
  const nodes = await Promise.all(
    [0, 1, 2].map(async number => {
      const bus = await freePort()
      return startNode(
        program,
        join(folder, `node-${number}`),
        ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`],
        bus,
      )
    }),
  )
  const clients = nodes.map(node => new Redis(node.port, '127.0.0.1'))
  for (const [index, client] of clients.entries()) {
    const [first, next] = [index, index + 1].map(third => Math.floor((third * SLOTS) / nodes.length))
    await client.cluster('ADDSLOTSRANGE', first!, next! - 1)
    for (const { port, bus } of nodes) await client.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  for (const client of clients) {
    while (!String(await client.cluster('INFO')).includes('cluster_state:ok')) await sleep(100)
    client.disconnect()
  }
  return {
    url: `redis+cluster://${nodes.map(node => `127.0.0.1:${node.port}`).join(',')}`,
    name: 'Redis Cluster',
    stop: async () => void (await Promise.all(nodes.map(node => node.stop()))),
  }
}

async function startNode(program: string, folder: string, options: readonly string[], bus = 0) {
  await mkdir(folder)
  const port = await freePort()
  const daemon = new Daemon(
    program,
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...options],
    { cwd: folder },
  )
  await daemon.listening(port)
  return { port, bus, stop: () => daemon.stop('SIGKILL') }
}
