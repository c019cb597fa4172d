import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { Daemon } from './daemon.ts'
import { findProgram, freePort } from './programs.ts'

/** A client with this option waits for replies of a Redis that is slow because its machine is busy. */
export const PATIENT = { replyTimeout: 60_000 }

/** Enough numbered databases for each file of a run to have its own. */
const DATABASES = 1000
const SLOTS = 16_384
/** The name of the master in the configuration of the Sentinels. */
const MASTER = 'main'

export interface RedisServer {
  url: string
  /** For people: `Redis 8`. */
  name: string
  stop(): Promise<void>
}

export interface SingleRedis extends RedisServer {
  /** Kills it and starts it again, with the snapshot that was last saved, if any. */
  restart(): Promise<void>
}

/** Starts a Redis in a folder, without persistence; null if the machine has none. */
export async function startRedis(folder: string): Promise<SingleRedis | null> {
  const program = findProgram('redis-server')
  if (program === null) return null
  const node = await startNode(program, join(folder, 'redis'), ['--databases', String(DATABASES)])
  const { stdout } = await promisify(execFile)(program, ['--version'])
  const { stop, restart } = node
  return { url: `redis://127.0.0.1:${node.port}`, name: `Redis ${/v=(\d+)/.exec(stdout)?.[1]}`, stop, restart }
}

export interface RedisCluster extends RedisServer {
  /** Freezes one of the masters, or lets it continue. */
  signal(node: number, signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Kills a master, and waits until its replica has taken its place. */
  crash(node: number): Promise<void>
}

const MASTERS = 3

/**
 * Starts a Cluster of three masters, each with a third of the slots and this many replicas; null if the machine has no
 * Redis.
 */
export async function startRedisCluster(folder: string, { replicas = 0 } = {}): Promise<RedisCluster | null> {
  const program = findProgram('redis-server')
  if (program === null) return null
  const nodes = await Promise.all(
    Array.from({ length: MASTERS * (1 + replicas) }, async (_, number) => {
      const bus = await freePort()
      const options = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-node-timeout', '2000']
      return startNode(program, join(folder, `node-${number}`), options, bus)
    }),
  )
  const clients = nodes.map(node => new Redis(node.port, '127.0.0.1'))
  const until = async (client: Redis, what: 'INFO' | 'NODES', holds: (answer: string) => boolean) => {
    while (!holds(String(await client.call('CLUSTER', what)))) await sleep(100)
  }
  for (const [index, client] of clients.entries()) {
    const [first, next] = [index, index + 1].map(third => Math.floor((third * SLOTS) / MASTERS))
    if (index < MASTERS) await client.cluster('ADDSLOTSRANGE', first!, next! - 1)
    for (const { port, bus } of nodes) await client.call('CLUSTER', 'MEET', '127.0.0.1', port, bus)
  }
  for (const client of clients) await until(client, 'INFO', answer => answer.includes('cluster_state:ok'))
  for (const [index, client] of clients.entries()) {
    if (index < MASTERS) continue
    const master = String(await clients[index % MASTERS]!.call('CLUSTER', 'MYID'))
    await until(client, 'NODES', answer => answer.includes(master))
    await client.call('CLUSTER', 'REPLICATE', master)
    while (!(await client.info('replication')).includes('master_link_status:up')) await sleep(100)
  }
  for (const client of clients) client.disconnect()
  return {
    url: `redis+cluster://${nodes.map(node => `127.0.0.1:${node.port}`).join(',')}`,
    name: 'Redis Cluster',
    signal: (node, signal) => nodes[node]!.signal(signal),
    async crash(node) {
      await nodes[node]!.stop()
      const replica = new Redis(nodes[node + MASTERS]!.port, '127.0.0.1')
      while (!(await replica.info('replication')).includes('role:master')) await sleep(20)
      replica.disconnect()
    },
    stop: async () => void (await Promise.all(nodes.map(node => node.stop()))),
  }
}

export interface RedisSentinel extends RedisServer {
  /** The port of the current master, as the Sentinels see it. */
  master(): Promise<number>
  /** A planned failover: the master keeps running, and accepts writes until the Sentinels make it a replica. */
  failOver(): Promise<void>
  /** Kills the master. */
  crash(): Promise<void>
}

/** Starts a master with synchronized replicas, and three Sentinels; null if the machine has no Redis. */
export async function startRedisSentinel(folder: string, { replicas = 1 } = {}): Promise<RedisSentinel | null> {
  const server = findProgram('redis-server')
  if (server === null) return null
  const first = await startNode(server, join(folder, 'server-0'))
  const others = await Promise.all(
    Array.from({ length: replicas }, (_, i) =>
      startNode(server, join(folder, `server-${i + 1}`), ['--replicaof', '127.0.0.1', `${first.port}`]),
    ),
  )
  const replicated = new Redis(first.port, '127.0.0.1')
  while ((await replicated.info('replication')).split('state=online').length <= replicas) await sleep(50)
  replicated.disconnect()
  const sentinels = await Promise.all(
    [0, 1, 2].map(i => startSentinel(server, join(folder, `sentinel-${i}`), first.port)),
  )
  const sentinel = new Redis(sentinels[0]!.port, '127.0.0.1')
  const state = async () => {
    const fields = (await sentinel.call('SENTINEL', 'MASTER', MASTER)) as string[]
    return Object.fromEntries(fields.flatMap((field, i) => (i % 2 ? [] : [[field, fields[i + 1]]])))
  }
  const ready = (now: Awaited<ReturnType<typeof state>>) =>
    Number(now['num-other-sentinels']) === 2 && Number(now['num-slaves']) === replicas
  while (!ready(await state())) await sleep(100)
  const master = async () => Number((await state()).port)
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/${MASTER}`,
    name: 'Redis Sentinel',
    master,
    async failOver() {
      const before = await master()
      await sentinel.call('SENTINEL', 'FAILOVER', MASTER)
      while ((await master()) === before) await sleep(20)
    },
    async crash() {
      const before = await master()
      await [first, ...others].find(({ port }) => port === before)!.stop()
      while ((await master()) === before) await sleep(20)
    },
    async stop() {
      sentinel.disconnect()
      await Promise.all([first, ...others, ...sentinels].map(node => node.stop()))
    },
  }
}

async function startSentinel(program: string, folder: string, master: number) {
  await mkdir(folder)
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  // One second without an answer is a crash, so that tests do not wait for half a minute.
  await writeFile(
    file,
    `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${MASTER} 127.0.0.1 ${master} 2
sentinel down-after-milliseconds ${MASTER} 1000
sentinel failover-timeout ${MASTER} 6000
`,
  )
  const daemon = new Daemon(program, [file, '--sentinel'], { cwd: folder })
  await daemon.listening(port)
  return { port, stop: () => daemon.stop('SIGKILL') }
}

async function startNode(program: string, folder: string, options: readonly string[] = [], bus = 0) {
  await mkdir(folder)
  const port = await freePort()
  const start = async () => {
    const started = new Daemon(
      program,
      ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...options],
      { cwd: folder },
    )
    await started.listening(port)
    return started
  }
  let daemon = await start()
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => daemon.signal(name)
  const stop = () => daemon.stop('SIGKILL')
  const restart = async () => {
    await stop()
    daemon = await start()
  }
  return { port, bus, signal, stop, restart }
}
