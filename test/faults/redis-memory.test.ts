import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { pino } from 'pino'
import { MemoryWatch } from '../../src/ops/memory-watch.ts'
import { connectRedis } from '../../src/storage/redis.ts'
import { startRedis } from '../support/redis.ts'
import { servers } from '../support/servers.ts'

if (servers()) {
  test('F-19: the log says that Redis is nearly full before it is', async t => {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-memory-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const server = await startRedis(folder)
    t.teardown(() => server!.stop())
    const redis = connectRedis(server!.url)
    t.teardown(() => redis.disconnect())
    const lines: string[] = []
    const watch = new MemoryWatch({ redis, log: pino({}, { write: (line: string) => void lines.push(line) }) })

    await watch.check()
    await redis.config('SET', 'maxmemory', '1gb')
    await watch.check()
    t.deepEqual(lines, [], 'no limit, or plenty of room')

    await redis.config('SET', 'maxmemory-policy', 'noeviction')
    await redis.config('SET', 'maxmemory', '1mb')
    await watch.check()
    t.is(lines.length, 1)
    t.regex(lines[0]!, /"level":40.*Redis is \d+ % full/)
  })
}
