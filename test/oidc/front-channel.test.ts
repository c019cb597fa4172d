import test from 'ava'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ResponseType } from '../../src/clients/response-types.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse()
})
test.after.always(() => gatehouse.stop())

const PEOPLE = ['openid', 'offline_access', 'profile', 'email', 'phone', 'address']
const FRONT_CHANNEL: ResponseType[] = [
  'id_token',
  'id_token token',
  'code id_token',
  'code token',
  'code id_token token',
]

test('C-12: a client gets no tokens through the browser unless it was registered for them', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const other = await RelyingParty.register(gatehouse, { responseTypes: ['code', 'id_token'] })
  const refused = async (from: RelyingParty, response_type: string) => {
    const { url } = await from.begin({ response_type })
    const response = await fetch(url, { redirect: 'manual' })
    const { search, hash } = new URL(response.headers.get('location') ?? 'about:blank')
    return new URLSearchParams(hash.slice(1) || search).get('error')
  }
  for (const type of [...FRONT_CHANNEL, 'token'])
    t.regex((await refused(rp, type)) ?? '', /^(unsupported_response_type|invalid_request|unauthorized_client)$/, type)
  t.is(await refused(other, 'token'), 'unsupported_response_type')
  t.regex((await refused(other, 'code id_token')) ?? '', /^(unsupported_response_type|invalid_request)$/)
})

for (const type of FRONT_CHANNEL) {
  test(`oidcc-server: ${type} returns exactly what was requested, in the fragment`, async t => {
    const rp = await RelyingParty.register(gatehouse, { responseTypes: [type] })
    const ada = await makePerson(gatehouse)
    const begun = await rp.begin({ response_type: type })
    const browser = await rp.visit(begun, ada)
    const address = new URL(browser.page.url)
    t.is(`${address.origin}${address.pathname}${address.search}`, CALLBACK)
    const response = new URLSearchParams(address.hash.slice(1))
    t.is(response.get('state'), begun.state, address.href)
    const [code, idToken, accessToken] = ['code', 'id_token', 'access_token'].map(name => response.get(name))
    t.is(code !== null, type.includes('code'), address.href)
    t.is(idToken !== null, type.includes('id_token'))
    t.is(accessToken !== null, / token|^token/.test(type))
    t.is(response.get('iss'), gatehouse.url, 'R-07')
    if (idToken) {
      const keys = createRemoteJWKSet(new URL(`${gatehouse.url}/jwks`))
      const { payload } = await jwtVerify(idToken, keys, { issuer: gatehouse.url, audience: rp.id })
      t.like(payload, { sub: ada.id, nonce: begun.nonce, email: ada.email })
      t.is(payload.at_hash !== undefined, accessToken !== null)
      t.is(payload.c_hash !== undefined, code !== null)
    }
    if (accessToken) t.is((await rp.userinfo(accessToken, ada.id)).email, ada.email)
    t.is(response.get('refresh_token'), null)
    if (code) {
      const redemption = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CALLBACK,
        code_verifier: begun.verifier,
      }
      t.is((await rp.post('/token', redemption)).status, 200)
    }
  })
}

test('oidcc-ensure-request-without-nonce-fails: an ID token through the browser needs a nonce', async t => {
  const rp = await RelyingParty.register(gatehouse, { responseTypes: ['id_token'] })
  const { url } = await rp.begin({ response_type: 'id_token' })
  url.searchParams.delete('nonce')
  const location = (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? ''
  t.regex(location, /#error=invalid_request&error_description=missing\+required\+parameter\S*nonce/)
})

test('F-07: a response without a code carries no lasting access, whatever was requested', async t => {
  const rp = await RelyingParty.register(gatehouse, { responseTypes: ['id_token token'] })
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({ response_type: 'id_token token', scope: 'openid email offline_access' })
  const browser = await rp.visit(begun, ada)
  const response = new URLSearchParams(new URL(browser.page.url).hash.slice(1))
  t.is(response.get('scope'), 'openid email')
})

test('discovery lists a response type or a special scope as long as a client is registered for it', async t => {
  const alone = await startGatehouse()
  t.teardown(() => alone.stop())
  const supported = async () => {
    const answer = await fetch(`${alone.url}/.well-known/openid-configuration`)
    return (await answer.json()) as Record<`${'response_types' | 'grant_types' | 'scopes'}_supported`, string[]>
  }
  const code = { response_types_supported: ['code'] }
  t.like(await supported(), code)
  t.false((await supported()).grant_types_supported.includes('implicit'))

  t.deepEqual((await supported()).scopes_supported, [...PEOPLE, 'roles'])

  const rp = await RelyingParty.register(alone, { responseTypes: ['code id_token'], scopes: ['openid', 'account'] })
  t.true(await eventually(async () => (await supported()).response_types_supported.includes('code id_token')))
  t.true((await supported()).grant_types_supported.includes('implicit'))
  t.deepEqual((await supported()).scopes_supported, [...PEOPLE, 'roles', 'account'])

  await alone.app.scope(() => alone.app.clients.remove(rp.id, { by: operator }))
  t.true(await eventually(async () => (await supported()).response_types_supported.length === 1))
  t.like(await supported(), code)
})
