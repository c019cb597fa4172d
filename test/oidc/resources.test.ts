import test from 'ava'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ResourceRegistration } from '../../src/clients/resources.ts'
import { isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const ORDERS = 'https://orders.example.org'
const STOCK = 'https://stock.example.org/v1'
const HIDDEN = 'https://hidden.example.org'
const PLAIN = 'https://plain.example.org'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
const registered: ResourceRegistration[] = [
  { id: ORDERS, name: 'Orders', scopes: [{ name: 'orders:read' }, { name: 'orders:write' }], accessTokenTtl: 120 },
  { id: STOCK, name: 'Stock', scopes: [{ name: 'stock:read' }] },
  { id: HIDDEN, name: 'Hidden', scopes: [{ name: 'hidden' }] },
  { id: PLAIN, name: 'Plain', scopes: [{ name: 'plain:read' }], tokenType: 'JWT' },
]
for (const resource of registered) await app.scope(() => app.resources.register(resource, { by: operator }))
test.after.always(() => gatehouse.stop())

const keys = createRemoteJWKSet(new URL(`${url}/jwks`))
const scopes = ['openid', 'offline_access', 'profile', 'orders:read', 'stock:read']

/** Verifies a token as an API does. */
const verify = (token: string, audience: string) =>
  jwtVerify(token, keys, { issuer: url, audience, typ: 'at+jwt', algorithms: ['ES256'] })

test('RFC 9068: the token for an API verifies with the published keys and has subject, audience and scopes', async t => {
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const { tokens } = await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS })

  const { payload, protectedHeader } = await verify(tokens.access_token, ORDERS)

  t.deepEqual(
    Object.keys(payload).sort(),
    'acr amr aud auth_time client_id exp grant_id iat iss jti revocable_by roles scope sub'.split(' '),
  )
  t.like(payload, {
    iss: url,
    aud: ORDERS,
    sub: ada.id,
    client_id: rp.id,
    scope: 'orders:read',
    roles: ['admin', 'subscriber'],
    acr: 'urn:gatehouse:acr:1fa',
    amr: ['pwd'],
  })
  t.is(payload.exp! - payload.iat!, 120, "the resource's own lifetime")
  t.is(protectedHeader.typ, 'at+jwt')
  t.is(tokens.expires_in, 120)
  await t.throwsAsync(verify(tokens.access_token, STOCK), undefined, 'another API refuses it')
  const answer = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  t.is(answer.status, 401, 'userinfo refuses it')
})

test('a machine client gets a token with itself as the subject and without roles', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read', 'orders:write'] })
  const { body } = await rp.post('/token', { grant_type: 'client_credentials', scope: 'orders:write' })

  const { payload } = await verify(body.access_token, ORDERS)

  t.like(payload, { sub: rp.id, client_id: rp.id, scope: 'orders:write', roles: [] })
  t.deepEqual([body.refresh_token, body.id_token], [undefined, undefined])
})

test('a machine client with scopes of two APIs must name the resource', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read', 'stock:read'] })
  const ask = (more: Record<string, string>) => rp.post('/token', { grant_type: 'client_credentials', ...more })
  isRefusedAs(t, await ask({ scope: 'orders:read stock:read' }), 'invalid_target')
  isRefusedAs(t, await ask({}), 'invalid_target')
  await verify((await ask({ scope: 'stock:read' })).body.access_token, STOCK)
  await verify((await ask({ scope: 'stock:read', resource: STOCK })).body.access_token, STOCK)
})

test('a machine client that names no scope gets those that it is registered for, at the resource that it names or its only one', async t => {
  const one = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read', 'orders:write'] })
  const only = await one.post('/token', { grant_type: 'client_credentials' })
  t.is(only.body.scope, 'orders:read orders:write')
  t.is((await verify(only.body.access_token, ORDERS)).payload.scope, only.body.scope)

  const two = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:write', 'stock:read'] })
  const named = await two.post('/token', { grant_type: 'client_credentials', resource: STOCK })
  t.is(named.body.scope, 'stock:read')
  t.is((await verify(named.body.access_token, STOCK)).payload.scope, 'stock:read')

  const none = await RelyingParty.register(gatehouse, { profile: 'machine' })
  const without = await none.post('/token', { grant_type: 'client_credentials' })
  t.is(without.status, 200)
  t.is(without.body.scope, undefined)
})

test('an API whose verifier knows no at+jwt gets tokens of the type JWT, which are still no ID tokens', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes: [...scopes, 'plain:read'] })
  const { tokens } = await rp.signIn(ada, { scope: 'openid plain:read', resource: PLAIN })
  const { protectedHeader, payload } = await jwtVerify(tokens.access_token, keys, { issuer: url, audience: PLAIN })
  t.is(protectedHeader.typ, 'JWT')
  t.is(payload.scope, 'plain:read')
  await t.throwsAsync(jwtVerify(tokens.access_token, keys, { issuer: url, audience: rp.id }))
  const hint = new URLSearchParams({ id_token_hint: tokens.access_token, client_id: rp.id })
  t.is((await fetch(`${url}/session/end?${hint}`)).status, 400, 'C-09: it is no hint of who is signed in')
})

test('the shorter of the token lifetimes of client and resource applies', async t => {
  for (const [accessTokenTtl, expected] of [
    [60, 60],
    [3600, 120],
  ] as const) {
    const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'], accessTokenTtl })
    const { body } = await rp.post('/token', { grant_type: 'client_credentials', resource: ORDERS })
    t.is(body.expires_in, expected)
    const { payload } = await verify(body.access_token, ORDERS)
    t.is(payload.exp! - payload.iat!, expected)
  }
})

test('a request for a resource that is unknown or not allowed for the client is refused', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
  const { browser } = await rp.signIn(ada, { scope: 'openid profile' })
  for (const resource of [HIDDEN, 'https://unknown.example.org', 'nonsense', `${ORDERS}//`, `${ORDERS}#x`, url]) {
    await browser.open((await rp.begin({ scope: 'openid orders:read', resource })).url.href)
    const { origin, searchParams } = new URL(browser.page.url)
    t.deepEqual([origin, searchParams.get('error')], ['https://app.example.org', 'invalid_target'], resource)
    const answer = await machine.post('/token', { grant_type: 'client_credentials', resource })
    isRefusedAs(t, answer, 'invalid_target', resource)
  }
})

test('a token has only those scopes of its resource that the client is registered for', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const { tokens } = await rp.signIn(await makePerson(gatehouse), {
    scope: 'openid orders:read orders:write stock:read hidden',
    resource: ORDERS,
  })
  t.is((await verify(tokens.access_token, ORDERS)).payload.scope, 'orders:read')
})

test('with two granted resources, each token is for the one that was requested, never for both', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({
    scope: 'openid profile offline_access orders:read stock:read',
    resource: ORDERS,
    prompt: 'consent',
  })
  begun.url.searchParams.append('resource', STOCK)
  const browser = await rp.visit(begun, ada)
  const first = await rp.redeem(begun, browser, { resource: ORDERS })
  t.is((await verify(first.access_token, ORDERS)).payload.scope, 'orders:read')

  const second = await rp.refresh(first.refresh_token!, { resource: STOCK })
  const { payload } = await verify(second.access_token, STOCK)
  t.deepEqual([payload.scope, payload.aud], ['stock:read', STOCK])

  const refresh: [string, string][] = [
    ['grant_type', 'refresh_token'],
    ['refresh_token', second.refresh_token!],
  ]
  isRefusedAs(t, await rp.post('/token', [...refresh, ['resource', ORDERS], ['resource', STOCK]]), 'invalid_target')
  isRefusedAs(t, await rp.post('/token', [...refresh, ['resource', HIDDEN]]), 'invalid_target')
  const person = await rp.refresh(second.refresh_token!, { scope: 'openid profile' })
  t.is((await rp.userinfo(person.access_token, ada.id)).name, 'Ada')
})

test('scopes removed from a resource or a client are in no new token', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read', 'orders:write'] })
  const ask = (scope: string) => rp.post('/token', { grant_type: 'client_credentials', scope, resource: ORDERS })
  t.is((await ask('orders:read orders:write')).status, 200)

  await app.scope(() => app.clients.update(rp.id, { scopes: ['orders:read'] }, { by: operator }))

  isRefusedAs(t, await ask('orders:read orders:write'), 'invalid_scope')
  t.is((await ask('orders:read')).body.scope, 'orders:read')
})
