import test from 'ava'
import { decodeJwt, SignJWT } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { isListed, readList } from '../support/revocation-list.ts'

const ORDERS = 'https://orders.example.org'
const PLAIN = 'https://plain.example.org'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
for (const resource of [
  { id: ORDERS, name: 'Orders', scopes: [{ name: 'orders:read' }] },
  { id: PLAIN, name: 'Plain', scopes: [{ name: 'plain:read' }], tokenType: 'JWT' as const },
])
  await app.scope(() => app.resources.register(resource, { by: operator }))
test.after.always(() => gatehouse.stop())

const scopes = ['openid', 'offline_access', 'orders:read', 'plain:read']
const TO_STAY = { scope: 'openid offline_access orders:read', resource: ORDERS, prompt: 'consent' }

const introspect = async (rp: RelyingParty, token: string, more = {}) =>
  (await rp.post('/token/introspection', { token, ...more })).body

test('a JWT access token is introspected by its client, with what it says', async t => {
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const { tokens } = await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS })
  const { jti, exp, iat, ...rest } = decodeJwt(tokens.access_token)

  for (const hint of [{}, { token_type_hint: 'access_token' }, { token_type_hint: 'refresh_token' }]) {
    const answer = await introspect(rp, tokens.access_token, hint)
    t.like(answer, { active: true, jti, exp, iat, iss: url, sub: ada.id, client_id: rp.id, aud: ORDERS })
    t.like(answer, { scope: 'orders:read', roles: rest.roles, acr: rest.acr, token_type: 'Bearer' })
    t.false('revocable_by' in answer)
  }
})

test('C-13: another client learns nothing of a JWT access token and cannot revoke it', async t => {
  const ada = await makePerson(gatehouse)
  const [rp, other] = [await RelyingParty.register(gatehouse, { scopes }), await RelyingParty.register(gatehouse)]
  const { tokens } = await rp.signIn(ada, { scope: 'openid orders:read', resource: ORDERS })

  t.deepEqual(await introspect(other, tokens.access_token), { active: false })
  t.is((await other.post('/token/revocation', { token: tokens.access_token })).status, 200)
  t.true((await introspect(rp, tokens.access_token)).active)
  t.is((await fetch(`${url}/token/introspection`, { method: 'POST' })).status, 400)
})

test('C-14: a revoked JWT access token of a person is on the list, and with it the refresh token and every other of its grant', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const { tokens } = await rp.signIn(ada, TO_STAY)
  const later = await rp.refresh(tokens.refresh_token!)

  const answer = await rp.post('/token/revocation', { token: later.access_token })
  t.deepEqual([answer.status, answer.body], [200, ''])

  for (const token of [tokens.access_token, later.access_token, later.refresh_token!])
    t.deepEqual(await introspect(rp, token), { active: false })
  const list = await readList(url)
  t.true(isListed(list, tokens.access_token))
  t.true(isListed(list, later.access_token))
})

test('a machine revokes one JWT access token, and its others stay valid', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read', 'plain:read'] })
  const token = async (resource: string) =>
    (await rp.post('/token', { grant_type: 'client_credentials', resource })).body.access_token
  const [revoked, kept, plain] = [await token(ORDERS), await token(ORDERS), await token(PLAIN)]
  t.true((await introspect(rp, plain)).active, 'also one of type JWT')

  await rp.post('/token/revocation', { token: revoked })

  t.deepEqual(await introspect(rp, revoked), { active: false })
  t.true((await introspect(rp, kept)).active)
  const list = await readList(url)
  t.deepEqual(
    [revoked, kept, plain].map(each => isListed(list, each)),
    [true, false, false],
  )
})

test('C-09, J-01: what is no access token of ours is not found: an ID token, one of another type, key, issuer or audience', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { scopes })
  const { tokens } = await rp.signIn(ada, { scope: 'openid plain:read', resource: PLAIN })
  const claims = decodeJwt(tokens.access_token)
  const [header = '', payload = '', signature = ''] = tokens.access_token.split('.')
  const rewritten = (change: object) => Buffer.from(JSON.stringify({ ...claims, ...change })).toString('base64url')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  const forged = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode('a secret that anyone could have used'))

  for (const token of [
    tokens.id_token!,
    forged,
    `${header}.${rewritten({ scope: 'more' })}.${signature}`,
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${header}.${payload}.${signature}=`,
    `${header}.${payload}`,
  ])
    t.deepEqual(await introspect(rp, token), { active: false }, token.slice(0, 40))
  t.true((await introspect(rp, tokens.access_token)).active)
})
