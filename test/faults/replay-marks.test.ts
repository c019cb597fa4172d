import { randomUUID } from 'node:crypto'
import test from 'ava'
import { Cluster, Redis } from 'ioredis'
import { redisArtifacts } from '../../src/storage/artifacts/redis/redis-artifacts.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'

const [USED, FRESH, ASK_DATABASE, FORGOTTEN] = [0, 1, 2, 3] as const
const HOUR = 60 * 60
const MANY = 60

const now = () => Math.floor(Date.now() / 1000)
const presented = (id: string, issuedAt?: number) => ({ kind: 'ReplayDetection', id, ttl: 60, issuedAt })

const { TEST_REDIS_URL, TEST_REDIS_CLUSTER_URL } = process.env
const places = { 'one server': TEST_REDIS_URL, Cluster: TEST_REDIS_CLUSTER_URL }

for (const [name, url] of Object.entries(places)) {
  if (url) {
    test(`F-5: ${name}: after a master has lost its data, it is unknown whether its values were used`, async t => {
      const prefix = `test-${randomUUID()}:`
      const client = connectRedis(url)
      const marks = redisArtifacts(client, { prefix })
      t.teardown(() => marks.close())
      await marks.recordStart({ first: true })
      const ids = Array.from({ length: MANY }, () => randomUUID())
      const answers = (made = now()) => Promise.all(ids.map(id => marks.mark(presented(id, made))))
      t.deepEqual([...new Set(await answers())], [ASK_DATABASE], 'at a first start the database decides')
      t.deepEqual([...new Set(await answers())], [USED])

      const lost = client instanceof Cluster ? client.nodes('master')[0]! : client
      for (const key of await lost.keys(`${prefix}*`)) await lost.del(key)
      const after = await answers()
      const forgotten = after.filter(verdict => verdict === FORGOTTEN).length
      t.is(forgotten + after.filter(verdict => verdict === USED).length, MANY)
      t.true(client instanceof Cluster ? forgotten > 0 && forgotten < MANY : forgotten === MANY, `${forgotten}`)
      t.deepEqual(await answers(), after, 'the verdict stays')
      t.false((await answers(now() + 30)).includes(FORGOTTEN), 'what was made afterwards is known')
    })
  }
}

if (TEST_REDIS_URL) {
  test('F-5: an hour after a loss Redis alone is asked, except for proofs without an issue time', async t => {
    const prefix = `test-${randomUUID()}:`
    const client = connectRedis(TEST_REDIS_URL)
    const marks = redisArtifacts(client, { prefix })
    t.teardown(() => marks.close())
    await marks.recordStart({ first: false })
    const since = (await client.get(`${prefix}marks-since`)) ?? ''
    await client.set(`${prefix}marks-since`, since.replace(/^\d+/, String(now() - 2 * HOUR)))
    t.is(await marks.mark(presented('usual', now())), FRESH)
    t.is(await marks.mark(presented('usual', now())), USED)
    t.is(await marks.mark(presented('silent')), ASK_DATABASE)
    t.is(await marks.mark(presented('ahead', now() + 30)), ASK_DATABASE)

    await client.set(`${prefix}marks-since`, since.replace(/ \w+ /, ' another '))
    t.is(await marks.mark(presented('other', now())), FORGOTTEN, 'the record is of another run of the server')
  })

  test('F-5: marks work without permission to run INFO', async t => {
    const operator = new Redis(TEST_REDIS_URL)
    const user = `test-${randomUUID()}`
    await operator.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', '+@all', '-info')
    const address = new URL(TEST_REDIS_URL)
    Object.assign(address, { username: user, password: 'secret' })
    const marks = redisArtifacts(connectRedis(address.href), { prefix: `${user}:` })
    t.teardown(async () => {
      await marks.close()
      await operator.call('ACL', 'DELUSER', user)
      operator.disconnect()
    })
    await marks.recordStart({ first: true })
    t.is(await marks.mark(presented('one', now())), ASK_DATABASE)
    t.is(await marks.mark(presented('one', now())), USED)
  })
}
