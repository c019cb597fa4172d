import { createHash } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { codeGrant } from '../support/codes.ts'
import { Prover } from '../support/dpop.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { actAs } from '../support/impersonation.ts'
import { makePerson, type Person } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { subjects } from '../support/resource-server/subjects.ts'

/** The same API with each framework, with tokens of the real product. */
const gatehouse = await startGatehouse()
const { app, url: issuer } = gatehouse
const scopes = ['openid', 'orders:read', 'orders:write']
const resourceScopes = [{ name: 'orders:read' }, { name: 'orders:write' }]

async function started(name: string) {
  const port = await freePort()
  const audience = `http://localhost:${port}`
  const registration = { id: audience, name: `Orders ${name}`, scopes: resourceScopes, permissionsClaim: true }
  await app.scope(() => app.resources.register(registration, { by: operator }))
  const options = { issuer, audience, scopesSupported: scopes, timeout: 120, log: () => {} }
  const api = await subjects[name]!(options, port)
  await api.start()
  return { name, audience, api }
}

const apis = await Promise.all(Object.keys(subjects).map(started))
test.after.always(async () => {
  for (const { api } of apis) {
    api.close()
    await api.stop()
  }
  await gatehouse.stop()
})

for (const { name, audience } of apis) {
  const call = (path: string, authorization?: string, dpop?: string) =>
    fetch(audience + path, { headers: { ...(authorization && { authorization }), ...(dpop && { dpop }) } })
  const party = () => RelyingParty.register(gatehouse, { scopes })
  const signIn = async (person: Person, scope = 'openid orders:read') =>
    (await (await party()).signIn(person, { scope, resource: audience })).tokens.access_token
  const metadata = `${audience}/.well-known/oauth-protected-resource`

  test(`${name}: a token of the product is accepted, and the handler sees what it says`, async t => {
    const ada = await makePerson(gatehouse, { roles: ['admin'] })
    const rp = await party()
    const { tokens } = await rp.signIn(ada, { scope: 'openid orders:read', resource: audience })
    const answer = await call('/orders?page=2', `Bearer ${tokens.access_token}`)
    t.is(answer.status, 200)
    const { jti, length, ...access } = (await answer.json()) as Record<string, unknown>
    t.deepEqual(access, {
      subject: ada.id,
      clientId: rp.id,
      scopes: ['orders:read'],
      roles: ['admin', 'subscriber'],
      permissions: ['orders:read'],
    })
    t.is(typeof jti, 'string')
    t.is(length, tokens.access_token.length)
  })

  test(`${name}: a machine's token is accepted`, async t => {
    const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['orders:read'] })
    const { body } = await rp.post('/token', { grant_type: 'client_credentials', resource: audience })
    const answer = await call('/orders', `Bearer ${body.access_token}`)
    t.is(answer.status, 200)
    t.like(await answer.json(), { subject: rp.id, clientId: rp.id, roles: [] })
  })

  test(`${name}: without a token the response says where to get one`, async t => {
    for (const authorization of [undefined, 'Basic YTpi', 'Bearerx y']) {
      const answer = await call('/orders', authorization)
      t.is(answer.status, 401)
      t.is(
        answer.headers.get('www-authenticate'),
        `Bearer resource_metadata="${metadata}", DPoP resource_metadata="${metadata}", algs="ES256 Ed25519 EdDSA"`,
      )
      t.is(answer.headers.get('cache-control'), 'no-store')
      t.regex(answer.headers.get('content-type') ?? '', /^application\/json/)
      t.is(((await answer.json()) as { error: string }).error, 'unauthorized')
    }
    const inQuery = await call(`/orders?access_token=${await signIn(await makePerson(gatehouse))}`)
    t.is(inQuery.status, 401, 'a token in the query is not read')
  })

  test(`${name}: the metadata says which provider makes tokens`, async t => {
    const answer = await call('/.well-known/oauth-protected-resource?x=1')
    t.is(answer.status, 200)
    t.is(answer.headers.get('access-control-allow-origin'), '*')
    t.regex(answer.headers.get('content-type') ?? '', /^application\/json/)
    t.deepEqual(await answer.json(), {
      resource: audience,
      authorization_servers: [issuer],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
    })
  })

  test(`${name}: a missing scope, role or permission is answered with 403`, async t => {
    const token = await signIn(await makePerson(gatehouse), 'openid orders:write')
    for (const [path, description, more] of [
      ['/orders', 'the scope orders:read is required', ', scope="orders:read"'],
      ['/admin', 'the role admin is required', ''],
    ]) {
      const answer = await call(path!, `Bearer ${token}`)
      t.is(answer.status, 403, path)
      const challenge = `Bearer error="insufficient_scope", error_description="${description}"${more}, resource_metadata="${metadata}"`
      t.true(
        answer.headers.get('www-authenticate')?.startsWith(challenge),
        answer.headers.get('www-authenticate') ?? '',
      )
      t.deepEqual(await answer.json(), { error: 'insufficient_scope', error_description: description })
    }
    t.is((await call('/permitted', `Bearer ${token}`)).status, 200)
    const other = await signIn(await makePerson(gatehouse, { roles: ['admin'] }))
    t.is((await call('/permitted', `Bearer ${other}`)).status, 403)
    t.is((await call('/admin', `Bearer ${other}`)).status, 200)
  })

  test(`${name}: a sign-in that is too weak is answered with what to ask for`, async t => {
    const token = await signIn(await makePerson(gatehouse))
    const answer = await call('/vault', `Bearer ${token}`)
    t.is(answer.status, 401)
    t.regex(
      answer.headers.get('www-authenticate') ?? '',
      /^Bearer error="insufficient_user_authentication", .*, acr_values="urn:gatehouse:acr:2fa", max_age="300", /,
    )
    t.is((await call('/recent', `Bearer ${token}`)).status, 200)
  })

  test(`${name}: C-09: tokens of the product that are no access tokens for this API are refused`, async t => {
    const ada = await makePerson(gatehouse)
    const rp = await RelyingParty.register(gatehouse, { scopes: [...scopes, 'offline_access', 'profile'] })
    const scope = 'openid offline_access orders:read'
    const { tokens, browser } = await rp.signIn(ada, { scope, resource: audience, prompt: 'consent' })
    const opaque = (await rp.signIn(ada, { scope: 'openid profile' }, browser)).tokens.access_token
    for (const [what, token] of Object.entries({ id: tokens.id_token, refresh: tokens.refresh_token, opaque })) {
      const answer = await call('/any', `Bearer ${token}`)
      t.is(answer.status, 401, what)
      t.regex(answer.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token", /, what)
    }
  })

  test(`${name}: J-06: a DPoP-bound token needs a new proof for each request`, async t => {
    const prover = await Prover.of(gatehouse)
    const rp = await RelyingParty.register(gatehouse, { profile: 'spa', scopes })
    const begun = await rp.begin({ scope: 'openid orders:read', resource: audience })
    const code = codeGrant(begun, await rp.visit(begun, await makePerson(gatehouse)))
    const { body } = await rp.post('/token', code, { headers: { dpop: await prover.proof() } })
    const token: string = body.access_token
    t.is(body.token_type, 'DPoP')
    const ath = createHash('sha256').update(token).digest('base64url')
    const proof = (claims = {}) => prover.proof({ claims: { htm: 'GET', htu: `${audience}/orders`, ath, ...claims } })

    const once = await proof()
    t.is((await call('/orders?page=2', `DPoP ${token}`, once)).status, 200)
    for (const [what, scheme, dpop] of [
      ['used before', 'DPoP', once],
      ['for another path', 'DPoP', await proof({ htu: `${audience}/admin` })],
      ['missing', 'DPoP', undefined],
    ] as const) {
      const answer = await call('/orders', `${scheme} ${token}`, dpop)
      t.is(answer.status, 401, what)
      t.regex(answer.headers.get('www-authenticate') ?? '', /^DPoP error="invalid_dpop_proof", /, what)
    }
    const bearer = await call('/orders', `Bearer ${token}`)
    t.is(bearer.status, 401)
    t.regex(bearer.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token", .*DPoP .*algs="/)
  })

  test(`${name}: the handler sees which administrator acts as the person`, async t => {
    const { olga, ana, browser } = await actAs(t, gatehouse)
    const rp = await RelyingParty.register(gatehouse, { firstParty: true, scopes })
    const { tokens } = await rp.signIn(ana, { scope: 'openid orders:read', resource: audience }, browser)
    const answer = await call('/any', `Bearer ${tokens.access_token}`)
    t.like(await answer.json(), { subject: ana.id, actor: { subject: olga.id } })
  })
}
