import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { Redis } from 'ioredis'
import { parseRedisUrl } from '../../src/base/network/redis-address.ts'
import { StoreUnavailable } from '../../src/base/refusals.ts'
import type { Artifacts } from '../../src/storage/artifacts/artifacts.ts'
import { redisArtifacts } from '../../src/storage/artifacts/redis/redis-artifacts.ts'
import { connectRedis } from '../../src/storage/redis/redis.ts'
import { eventually } from '../support/eventually.ts'
import { settles } from '../support/settles.ts'
import { FaultyNetwork } from './faulty-network.ts'

const SECRET = 'a-secret-that-no-log-may-show'

const forms = {
  'one server': (host: string) => `redis://user:${SECRET}@${host}`,
  Sentinel: (host: string) => `redis+sentinel://user:${SECRET}@${host}/main`,
  Cluster: (host: string) => `redis+cluster://user:${SECRET}@${host}`,
}

async function failsSoon(t: ExecutionContext, work: Promise<unknown>): Promise<void> {
  const error = await t.throwsAsync(settles(work), { instanceOf: StoreUnavailable })
  t.false(JSON.stringify([error?.message, { ...error }, error?.cause ?? null]).includes(SECRET))
}

const write = (artifacts: Artifacts, id: string) =>
  artifacts.commit([{ do: 'put', kind: 'Interaction', id, payload: { note: SECRET }, ttl: 60 }])

for (const [form, url] of Object.entries(forms)) {
  for (const what of ['the server is down', 'the server does not respond']) {
    test(`${form}: when ${what}, every call fails soon`, async t => {
      const network = new FaultyNetwork()
      const host = await network.listen()
      if (what === 'the server is down') await network.close()
      else t.teardown(() => network.close())
      const errors: string[] = []
      const client = connectRedis(url(host), { onConnectionError: message => errors.push(message) })
      const { maxRetriesPerRequest } = client instanceof Redis ? client.options : (client.options.redisOptions ?? {})
      t.is(maxRetriesPerRequest, 0, 'a call is not tried again')
      const artifacts = redisArtifacts(client)
      t.teardown(() => artifacts.close())
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await Promise.all([
          failsSoon(t, artifacts.get('Session', 'any')),
          failsSoon(t, write(artifacts, 'any')),
          failsSoon(t, artifacts.dropGrant('any')),
          failsSoon(t, artifacts.probe()),
        ])
      }
      t.true(errors.length > 0)
      t.false(errors.some(message => message.includes(SECRET)))
    })
  }
}

const { TEST_REDIS_URL } = process.env
if (TEST_REDIS_URL) {
  for (const fault of ['cut', 'silence'] as const) {
    test(`when Redis is lost (${fault}), pending commands fail and are not run later, and the client reconnects`, async t => {
      const { nodes, db } = parseRedisUrl(TEST_REDIS_URL)
      const network = new FaultyNetwork(nodes[0])
      const client = connectRedis(`redis://${await network.listen()}/${db}`)
      const artifacts = redisArtifacts(client, { prefix: `test-${randomUUID()}:` })
      t.teardown(() => Promise.all([artifacts.close(), network.close()]).then(() => {}))
      t.true(await write(artifacts, 'before'))

      const pending = Array.from({ length: 20 }, () => write(artifacts, 'pending'))
      network[fault]()
      await Promise.all(pending.map(work => failsSoon(t, work)))
      await failsSoon(t, write(artifacts, 'meanwhile'))

      network.mend()
      t.true(await eventually(() => client.status === 'ready'))
      t.truthy(await artifacts.get('Interaction', 'before'))
      t.is(await artifacts.get('Interaction', 'pending'), undefined)
      t.is(await artifacts.get('Interaction', 'meanwhile'), undefined)
    })
  }

  test('commands of one tick are sent in one write', async t => {
    const { nodes, db } = parseRedisUrl(TEST_REDIS_URL)
    const network = new FaultyNetwork(nodes[0])
    const client = connectRedis(`redis://${await network.listen()}/${db}`)
    const artifacts = redisArtifacts(client, { prefix: `test-${randomUUID()}:` })
    t.teardown(() => Promise.all([artifacts.close(), network.close()]).then(() => {}))
    const work = () =>
      Promise.all([
        artifacts.get('Session', 'one'),
        artifacts.getWithGrant('RefreshToken', 'two'),
        write(artifacts, 'three'),
        artifacts.commit([{ do: 'consume', kind: 'RefreshToken', id: 'four', at: 1 }]),
      ])
    await work()
    const before = network.sent
    await work()
    t.is(network.sent - before, 1)
  })
}
