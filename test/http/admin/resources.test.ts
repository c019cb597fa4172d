import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { api } = await administrator(gatehouse)

const ORDERS = 'https://api.example.com/orders?version=1'
const params = { resource: ORDERS }

test.serial('an API is registered, read by its percent-encoded identifier, changed and removed', async t => {
  const scopes = [{ name: 'orders:read', description: 'Read your orders' }]
  const made = await api.call('registerResource', { body: { id: ORDERS, name: 'Orders', scopes } })
  t.is(made.status, 201)
  t.is(made.headers.get('location'), `${gatehouse.url}/api/v1/resources/${encodeURIComponent(ORDERS)}`)
  const got = await api.call('getResource', { params })
  t.deepEqual(got.body, made.body)
  t.like(got.body, { id: ORDERS, token_type: 'at+jwt', scopes_by_role: false, access_token_ttl: null })

  const etag = got.headers.get('etag')!
  const changed = await api.call('updateResource', {
    params,
    body: { access_token_ttl: 120 },
    headers: { 'if-match': etag },
  })
  t.like(changed.body, { name: 'Orders', scopes, access_token_ttl: 120 })
  t.is((await api.call('removeResource', { params, headers: { 'if-match': etag } })).status, 412)
  t.deepEqual((await api.call('listResources')).body.resources, [changed.body])
  t.is((await api.call('removeResource', { params })).status, 204)
  t.is((await api.call('getResource', { params })).status, 404)
})

test('what is wrong is named as in the body', async t => {
  const { status, problem } = await api.call('registerResource', {
    body: { id: 'https://a.example/#b', name: 'A', scopes: [{ name: 'openid' }], access_token_ttl: 1 },
  })
  t.is(status, 422)
  t.deepEqual(Object.keys(problem.fields!).sort(), ['access_token_ttl', 'id', 'scopes.0.name'])
})

test("Gatehouse's own API is neither listed, read nor changed, under any spelling of its address", async t => {
  const own = `${gatehouse.url}/api/v1`
  for (const resource of [own, `${own}/`, own.replace('localhost', 'LOCALHOST')]) {
    const answers = [
      await api.call('getResource', { params: { resource } }),
      await api.call('updateResource', { params: { resource }, body: { name: 'Mine' } }),
      await api.call('removeResource', { params: { resource } }),
    ]
    for (const { status, problem } of answers) {
      t.is(status, 403)
      t.regex(problem.detail, /is the API of Gatehouse itself/)
    }
    t.is((await api.call('registerResource', { body: { id: resource, name: 'Mine' } })).status, 422)
  }
  t.false((await api.call('listResources')).body.resources.some(({ id }) => id.startsWith(gatehouse.url)))
})

test.after.always(() => gatehouse.stop())
