import test from 'ava'
import { AdminClient, administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { api, token } = await administrator(gatehouse)
const other = new AdminClient(await gatehouse.another(), token)

const WEB = { profile: 'web' as const, redirect_uris: ['https://shop.example.com/callback'] }
const create = (from: AdminClient, key: string, client_name: string) =>
  from.call('registerClient', { body: { ...WEB, client_name }, headers: { 'idempotency-key': key } })

async function named(name: string): Promise<number> {
  const { body } = await api.call('listClients', { query: { limit: 200 } })
  return body.clients.filter(({ client_name }) => client_name === name).length
}

test('of two administrators who update one client at the same time, one is told that it has changed', async t => {
  const { body } = await api.call('registerClient', { body: { ...WEB, client_name: 'Race' } })
  const params = { client: body.client_id }
  for (let round = 0; round < 5; round += 1) {
    const etag = (await api.call('getClient', { params })).headers.get('etag')!
    const update = (from: AdminClient, client_name: string) =>
      from.call('updateClient', { params, body: { client_name }, headers: { 'if-match': etag } })
    const answers = await Promise.all([update(api, `Ada ${round}`), update(other, `Bob ${round}`)])
    t.deepEqual(answers.map(({ status }) => status).sort(), [200, 412])
    const winner = answers.find(({ status }) => status === 200)!
    t.is((await api.call('getClient', { params })).body.client_name, winner.body.client_name)
  }
})

for (const [noun, run] of Object.entries({
  API: async () => {
    const id = 'https://race.example.com'
    await api.call('registerResource', { body: { id, name: 'Race' } })
    const params = { resource: id }
    const etag = (await api.call('getResource', { params })).headers.get('etag')!
    const update = (from: AdminClient, name: string) =>
      from.call('updateResource', { params, body: { name }, headers: { 'if-match': etag } })
    return Promise.all([update(api, 'Ada'), update(other, 'Bob')])
  },
  provider: async () => {
    await api.call('addProvider', { body: { kind: 'github', client_id: 'gatehouse', client_secret: 'hidden' } })
    const params = { provider: 'github' }
    const etag = (await api.call('getProvider', { params })).headers.get('etag')!
    const update = (from: AdminClient, title: string) =>
      from.call('updateProvider', { params, body: { title }, headers: { 'if-match': etag } })
    return Promise.all([update(api, 'Ada'), update(other, 'Bob')])
  },
}))
  test(`of two administrators who update one ${noun} at the same time, one is told that it has changed`, async t => {
    t.deepEqual((await run()).map(({ status }) => status).sort(), [200, 412])
  })

test('fifty requests at once with one Idempotency-Key, in two processes, make one client and get one answer', async t => {
  const requests = Array.from({ length: 50 }, (_, index) => create(index % 2 ? api : other, 'key-fifty', 'Fifty'))
  const answers = await Promise.all(requests)
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
  t.is(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1)
  t.truthy(answers[0]!.body.client_secret)
  t.is(await named('Fifty'), 1)
})

test('a key is used for one request alone, until it succeeds', async t => {
  t.is((await create(api, 'key-once', 'Once')).status, 201)
  const another = await create(api, 'key-once', 'Twice')
  t.is(another.status, 422)
  t.deepEqual(Object.keys(another.problem.fields!), ['Idempotency-Key'])
  t.is(await named('Twice'), 0)

  t.is((await create(api, 'key-refused', '')).status, 422)
  t.is((await create(api, 'key-refused', 'Corrected')).status, 201)
})

test('the same key of another caller is another key', async t => {
  const { api: bob } = await administrator(gatehouse)
  const [mine, theirs] = [await create(api, 'key-shared', 'Shared'), await create(bob, 'key-shared', 'Shared')]
  t.not(mine.body.client_id, theirs.body.client_id)
  t.is(await named('Shared'), 2)
})

test.after.always(() => gatehouse.stop())
