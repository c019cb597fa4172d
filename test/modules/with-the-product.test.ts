import test, { type ExecutionContext } from 'ava'
import * as http from 'gatehouse/resource-server'
import { operator } from '../../src/base/actor.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { listening } from '../support/resource-server/subjects.ts'

/** What the product and the module do together over time: revoked tokens, opaque tokens and rotated keys. */
const ORDERS = 'https://orders.example.org'
const FILES = 'https://files.example.org'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
const { app, url: issuer } = gatehouse
for (const resource of [
  { id: ORDERS, name: 'Orders', scopes: [{ name: 'orders:read' }] },
  { id: FILES, name: 'Files', scopes: [{ name: 'files:read' }], tokenFormat: 'opaque' as const },
])
  await app.scope(() => app.resources.register(resource, { by: operator }))
test.after.always(() => gatehouse.stop())

const scopes = ['openid', 'offline_access', 'orders:read', 'files:read']

async function startApi(t: ExecutionContext, audience: string, options: Partial<http.ProtectOptions> = {}) {
  const [port, logged] = [await freePort(), [] as string[]]
  const api = http.protect({ issuer, audience, log: message => logged.push(message), timeout: 120, ...options })
  await api.start()
  const answer = api.handler((req, res) => void res.end(req.access.subject))
  const { stop } = await listening(answer, port)
  t.teardown(async () => {
    api.close()
    await stop()
  })
  const call = async (token: string) =>
    (await fetch(`http://localhost:${port}/`, { headers: { authorization: `Bearer ${token}` } })).status
  return { api, logged, call, refuses: (token: string) => eventually(async () => (await call(token)) === 401) }
}

async function signedIn(audience: string, scope: string) {
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const ada = await makePerson(gatehouse)
  const { tokens, browser } = await rp.signIn(ada, { scope: `openid ${scope}`, resource: audience })
  return { rp, ada, browser, token: tokens.access_token }
}

test('C-14: a revoked token is refused by an API that follows the list, and no other one is', async t => {
  const { call, refuses, api, logged } = await startApi(t, ORDERS)
  const { rp, ada, token } = await signedIn(ORDERS, 'orders:read')
  const [same, stranger] = [
    (await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS })).tokens.access_token,
    await signedIn(ORDERS, 'orders:read'),
  ]
  for (const each of [token, same, stranger.token]) t.is(await call(each), 200)
  await rp.post('/token/revocation', { token }, { at: other.url })
  t.true(await refuses(token))
  t.deepEqual([await call(same), await call(stranger.token)], [200, 200])
  t.is(api.status().state, 'following')
  t.deepEqual(logged, [])
})

test('A-04: a suspended person has no access any more, also with tokens from before', async t => {
  const { call, refuses } = await startApi(t, ORDERS)
  const { ada, token } = await signedIn(ORDERS, 'orders:read')
  t.is(await call(token), 200)
  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  t.true(await refuses(token))
  t.true(await (await startApi(t, ORDERS)).refuses(token), 'an API that starts later knows it too')
})

test('S-06: tokens of a browser session that was ended are refused', async t => {
  const { call, refuses } = await startApi(t, ORDERS)
  const { token, browser } = await signedIn(ORDERS, 'orders:read')
  t.is(await call(token), 200)
  await browser.open(`${issuer}/session/end`)
  await browser.submit({ logout: 'yes' })
  t.true(await refuses(token))
})

test('an opaque token is introspected by the client that stands for the API', async t => {
  const client = await RelyingParty.register(gatehouse, { profile: 'machine', introspects: [FILES] })
  const introspection = { clientId: client.id, clientSecret: client.secret!, cacheFor: 0 }
  const { call, refuses } = await startApi(t, FILES, { introspection })
  const { token, ada } = await signedIn(FILES, 'files:read')
  t.notRegex(token, /\./)
  t.is(await call(token), 200)
  t.is(await (await startApi(t, FILES)).call(token), 401, 'without credentials')
  t.is(await (await startApi(t, ORDERS, { introspection })).call(token), 401, 'it is for another API')
  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  t.true(await refuses(token))
})

test.serial('J-04: tokens that were signed before and after a rotation are accepted', async t => {
  const { call } = await startApi(t, ORDERS)
  const before = await signedIn(ORDERS, 'orders:read')
  t.is(await call(before.token), 200)
  await app.scope(() => app.keys.rotate({ by: operator, now: true }))
  const after = await eventually(async () => (await call((await signedIn(ORDERS, 'orders:read')).token)) === 200)
  t.true(after)
  t.is(await call(before.token), 200)
})
