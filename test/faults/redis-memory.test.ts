import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { gatehouse } from '../support/command.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { startRedis } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

/** So much that the memory of connections does not matter. */
const HELD = 30_000_000

if (servers()) {
  test('F-19: the log and config check warn that Redis is nearly full', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-memory-'))
    const server = await startRedis(folder)
    const redis = new Redis(server!.url)
    t.teardown(async () => {
      redis.disconnect()
      await server!.stop()
      await rm(folder, { recursive: true, force: true })
    })
    await redis.setrange('held', HELD, '.')
    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    const used = Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
    const fill = (percent: number) => redis.config('SET', 'maxmemory', Math.round((100 * used) / percent))
    const warnings = async () => {
      const { stdout } = await gatehouse(['config', 'check', '--json'], { REDIS_URL: server!.url })
      return (JSON.parse(stdout) as { warnings: string[] }).warnings.filter(warning => warning.startsWith('Redis'))
    }
    const logged = async () => {
      const lines: string[] = []
      const log = pino({}, { write: (line: string) => void (line.includes('% full') && lines.push(line)) })
      const started = await startGatehouse({ env: { REDIS_URL: server!.url }, log })
      t.teardown(() => started.stop())
      return lines
    }

    await fill(75)
    const quiet = await logged()
    t.deepEqual(await warnings(), [])
    t.deepEqual(quiet, [])

    await fill(85)
    const lines = await logged()
    t.deepEqual(await warnings(), ['Redis uses 85 % of its maxmemory; when it is full, no one can sign in.'])
    t.true(await eventually(() => lines.length > 0))
    t.regex(lines[0]!, /"level":40,.*"msg":"Redis is 85 % full; when it is full, no one can sign in"/)
    t.is(lines.length, 1)

    await redis.config('SET', 'maxmemory', 0)
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru')
    const [policy, limit] = await warnings()
    t.regex(policy!, /maxmemory-policy allkeys-lru: .+ Set maxmemory-policy noeviction/)
    t.regex(limit!, /no maxmemory/)
  })
}
