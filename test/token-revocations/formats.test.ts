import test from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { isListed, readList } from '../support/revocation-list.ts'

const ORDERS = 'https://orders.example.org'
const STOCK = 'https://stock.example.org'
const FILES = 'https://files.example.org'

const gatehouse = await startGatehouse({ env: { REFRESH_REPLAY_WINDOW: '0', REVOKE_ON_REFRESH: 'true' } })
const other = await gatehouse.another()
const { app, url } = gatehouse
for (const resource of [
  { id: ORDERS, name: 'Orders', scopes: [{ name: 'orders:read' }] },
  { id: STOCK, name: 'Stock', scopes: [{ name: 'stock:read' }] },
  { id: FILES, name: 'Files', scopes: [{ name: 'files:read' }], tokenFormat: 'opaque' as const },
])
  await app.scope(() => app.resources.register(resource, { by: operator }))
test.after.always(() => gatehouse.stop())

const scopes = ['openid', 'offline_access', 'email', 'orders:read', 'stock:read', 'files:read']

const introspect = async (rp: RelyingParty, token: string, at = url) =>
  (await rp.post('/token/introspection', { token }, { at })).body

test('an application that wants JWTs gets one for userinfo, which is introspected and revoked like any other', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes, accessTokenFormat: 'jwt' })
  const claims = JSON.stringify({ userinfo: { email: null } })
  const { tokens } = await rp.signIn(ada, { scope: 'openid', claims })
  t.like(decodeJwt(tokens.access_token), { iss: url, aud: url, sub: ada.id, scope: 'openid', client_id: rp.id })

  const person = await rp.userinfo(tokens.access_token, ada.id)
  t.is(person.email, ada.email, 'what it asked for by the parameter claims')
  t.like(await introspect(rp, tokens.access_token), { active: true, sub: ada.id, scope: 'openid' })

  await rp.post('/token/revocation', { token: tokens.access_token })
  for (const at of [url, other.url]) {
    const answer = await fetch(`${at}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    t.is(answer.status, 401)
    t.deepEqual(await introspect(rp, tokens.access_token, at), { active: false })
  }
})

test('a JWT for userinfo is of no use at the API of another application, and the other way round', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes, accessTokenFormat: 'jwt' })
  const { tokens } = await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS })
  t.is(decodeJwt(tokens.access_token).aud, ORDERS)
  const answer = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
  t.is(answer.status, 401)
})

test('C-13: an API that wants opaque tokens introspects those that are for it, and no others', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const files = await RelyingParty.register(gatehouse, { profile: 'machine', introspects: [FILES] })
  const stranger = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['files:read'] })
  const forFiles = await rp.signIn(ada, { scope: 'openid files:read', resource: FILES })
  const forOrders = await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS })
  const opaque = forFiles.tokens.access_token
  t.notRegex(opaque, /\./)

  t.like(await introspect(files, opaque), { active: true, aud: FILES, sub: ada.id, client_id: rp.id })
  t.like(await introspect(rp, opaque), { active: true })
  t.deepEqual(await introspect(stranger, opaque), { active: false })
  t.deepEqual(await introspect(files, forOrders.tokens.access_token), { active: false })

  await files.post('/token/revocation', { token: opaque })
  t.like(await introspect(files, opaque), { active: true }, 'it cannot revoke it')
  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  t.deepEqual(await introspect(files, opaque), { active: false })
})

test('F-01: with REVOKE_ON_REFRESH a refresh revokes the access token that it replaces, on every process', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  for (const [resource, scope] of [
    [ORDERS, 'orders:read'],
    [FILES, 'files:read'],
  ] as const) {
    const { tokens } = await rp.signIn(ada, { scope: `openid offline_access ${scope}`, resource, prompt: 'consent' })
    const first = await rp.refresh(tokens.refresh_token!)
    const second = await rp.refresh(first.refresh_token!)
    for (const at of [url, other.url]) {
      t.deepEqual(await introspect(rp, tokens.access_token, at), { active: false })
      t.deepEqual(await introspect(rp, first.access_token, at), { active: false })
      t.like(await introspect(rp, second.access_token, at), { active: true })
    }
    if (resource === ORDERS) {
      const list = await readList(url)
      const issued = [tokens, first, second].map(({ access_token: token }) => isListed(list, token))
      t.deepEqual(issued, [true, true, false])
    }
  }
})

test('a refresh replaces the access token for the same API only', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const begun = await rp.begin({ scope: 'openid offline_access orders:read stock:read', prompt: 'consent' })
  begun.url.searchParams.append('resource', ORDERS)
  begun.url.searchParams.append('resource', STOCK)
  const browser = await rp.visit(begun, ada)
  const orders = await rp.redeem(begun, browser, { resource: ORDERS })
  const stock = await rp.refresh(orders.refresh_token!, { resource: STOCK })
  t.like(await introspect(rp, orders.access_token), { active: true })
  const again = await rp.refresh(stock.refresh_token!, { resource: ORDERS })
  t.deepEqual(await introspect(rp, orders.access_token), { active: false })
  t.like(await introspect(rp, stock.access_token), { active: true })
  t.like(await introspect(rp, again.access_token), { active: true })
})

test('an application that is registered otherwise keeps the access token that a refresh replaces', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes, revokeOnRefresh: false })
  const scope = 'openid offline_access orders:read'
  const { tokens } = await rp.signIn(ada, { scope, resource: ORDERS, prompt: 'consent' })
  await rp.refresh(tokens.refresh_token!)
  t.like(await introspect(rp, tokens.access_token), { active: true })
})

test('F-02: of parallel refreshes, the access tokens that are valid are those of the one that won', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const scope = 'openid offline_access orders:read'
  const { tokens } = await rp.signIn(ada, { scope, resource: ORDERS, prompt: 'consent' })
  const refresh = (at: string) =>
    rp.post('/token', { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }, { at })
  const answers = await Promise.all([url, other.url, url, other.url].map(refresh))
  const won = answers.filter(({ status }) => status === 200)
  t.true(won.length <= 1)
  t.deepEqual(await introspect(rp, tokens.access_token), { active: false })
})
