import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { AssertingClient } from '../support/assertions.ts'
import { codeSource, isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const NOT_ALLOWED = ['unsupported_grant_type', 'unauthorized_client', 'invalid_request']

test('C-12: grant types that are not offered are refused to all clients', async t => {
  const ada = await makePerson(gatehouse)
  const web = await codeSource(gatehouse)
  const p = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const { body } = await web.rp.post('/token', await web.code())
  const asserting = await AssertingClient.register(gatehouse)
  const type = 'urn:ietf:params:oauth:token-type'
  const requests: Record<string, string>[] = [
    { grant_type: 'password', username: ada.email, password: ada.password, scope: 'openid' },
    { grant_type: 'implicit' },
    { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'x' },
    { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' },
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: body.access_token,
      subject_token_type: `${type}:access_token`,
    },
    { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: await asserting.assertion() },
    { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', assertion: 'x' },
    { grant_type: '' },
    { grant_type: '__proto__' },
    { grant_type: 'constructor' },
    {},
  ]
  for (const rp of [web.rp, p, machine])
    for (const request of requests) isRefusedAs(t, await rp.post('/token', request), NOT_ALLOWED, request.grant_type)
})

test('C-12: a client can use the grant types of its profile and no others', async t => {
  const web = await codeSource(gatehouse)
  const spa = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const code = await web.code()
  const { body } = await web.rp.post('/token', code)

  for (const rp of [web.rp, spa])
    isRefusedAs(t, await rp.post('/token', { grant_type: 'client_credentials' }), NOT_ALLOWED)
  isRefusedAs(t, await machine.post('/token', code), NOT_ALLOWED)
  const refresh = { grant_type: 'refresh_token', refresh_token: body.refresh_token }
  isRefusedAs(t, await machine.post('/token', refresh), NOT_ALLOWED)
  t.is((await machine.post('/token', { grant_type: 'client_credentials' })).status, 200)
})

test('C-12: the authorization endpoint returns codes only', async t => {
  const rp = await RelyingParty.register(gatehouse)
  for (const response_type of ['token', 'id_token', 'id_token token', 'code token', 'code id_token', 'none', '']) {
    const { url } = await rp.begin({ response_type })
    const response = await fetch(url, { redirect: 'manual' })
    const location = response.headers.get('location') ?? ''
    t.true(/error=(unsupported_response_type|invalid_request|unauthorized_client)/.test(location), response_type)
    t.false(/(access_token|id_token|code)=/.test(location), response_type)
  }
})

test('C-12: a machine client cannot sign people in', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const { url } = await machine.begin()
  const response = await fetch(url, { redirect: 'manual' })
  t.deepEqual([response.status, response.headers.get('location')], [400, null])
})

test('C-12: client credentials get no scope that the client is not registered for', async t => {
  const { app } = gatehouse
  const orders = { id: 'https://orders.example.org', name: 'Orders', scopes: [{ name: 'orders:read' }] }
  await app.scope(() => app.resources.register(orders, { by: operator }))
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
  const ask = (scope: string, more = {}) => machine.post('/token', { grant_type: 'client_credentials', scope, ...more })

  for (const scope of ['openid', 'profile email', 'offline_access', 'orders:write', 'orders:read admin', 'nothing'])
    for (const more of [{}, { resource: orders.id }]) isRefusedAs(t, await ask(scope, more), 'invalid_scope', scope)
  t.is((await ask('orders:read')).body.scope, 'orders:read')
})

test('C-12: userinfo refuses the token of a machine client', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
  t.deepEqual([body.id_token, body.refresh_token, body.scope], [undefined, undefined, undefined])
  const me = await fetch(`${gatehouse.url}/me`, { headers: { authorization: `Bearer ${body.access_token}` } })
  t.is(me.status, 401)
})

test('D-03: there is no dynamic client registration', async t => {
  for (const path of ['/reg', '/register', '/clients']) {
    const response = await fetch(`${gatehouse.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://evil.example/'] }),
    })
    t.is(response.status, 404, path)
  }
})
