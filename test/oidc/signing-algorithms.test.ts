import test from 'ava'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { SIGNING_ALGORITHMS } from '../../src/base/signing-algorithms.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse()
})
test.after.always(() => gatehouse.stop())

interface Metadata {
  id_token_signing_alg_values_supported: string[]
}

async function keySet(at = gatehouse.url): Promise<string[]> {
  const { keys } = (await (await fetch(`${at}/jwks`)).json()) as { keys: { alg: string }[] }
  return keys.map(({ alg }) => alg)
}

/** Keys for an algorithm are made when the first client is registered for it, and every process then reads them. */
async function offers(alg: string, at = gatehouse.url): Promise<boolean> {
  return eventually(async () => {
    const metadata = (await (await fetch(`${at}/.well-known/openid-configuration`)).json()) as Metadata
    return metadata.id_token_signing_alg_values_supported.includes(alg)
  })
}

test('oidcc-idtoken-signature: ID tokens are signed with RS256 unless the client was registered for another algorithm', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signIn(await makePerson(gatehouse))
  const { alg } = decodeProtectedHeader(tokens.id_token ?? '')
  t.is(alg, 'RS256')
})

for (const alg of SIGNING_ALGORITHMS) {
  test(`oidcc-idtoken-rs256 and others: a client registered for ${alg} gets ID tokens that verify with the published keys`, async t => {
    const rp = await RelyingParty.register(gatehouse, { idTokenAlg: alg })
    const other = await gatehouse.another()
    for (const at of [gatehouse.url, other.url]) t.true(await offers(alg, at))
    const ada = await makePerson(gatehouse)
    const { tokens } = await rp.signIn(ada)
    const keys = createRemoteJWKSet(new URL(`${gatehouse.url}/jwks`))
    const expected = { issuer: gatehouse.url, audience: rp.id, algorithms: [alg] }
    const { payload } = await jwtVerify(tokens.id_token ?? '', keys, expected)
    t.is(payload.sub, ada.id)
  })

  test(`an API registered for ${alg} gets access tokens that verify with the published keys`, async t => {
    const id = `https://${alg.toLowerCase()}.example.org`
    const resource = { id, name: alg, scopes: [{ name: `${alg}:read` }], tokenAlg: alg }
    await gatehouse.app.scope(() => gatehouse.app.resources.register(resource, { by: operator }))
    const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: [`${alg}:read`] })
    t.true(await offers(alg))
    const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
    const keys = createRemoteJWKSet(new URL(`${gatehouse.url}/jwks`))
    await t.notThrowsAsync(
      jwtVerify(body.access_token, keys, { issuer: gatehouse.url, audience: id, algorithms: [alg], typ: 'at+jwt' }),
    )
  })
}

test('the key set has keys only for algorithms that are in use, and RSA first, which some verifiers take blindly', async t => {
  const alone = await startGatehouse()
  t.teardown(() => alone.stop())
  t.deepEqual(await keySet(alone.url), ['RS256', 'ES256', 'RS256', 'ES256'])

  const { id } = await RelyingParty.register(alone)
  await alone.app.scope(() => alone.app.clients.update(id, { idTokenAlg: 'Ed25519' }, { by: operator }))
  t.true(await offers('Ed25519', alone.url))
  t.deepEqual(await keySet(alone.url), ['RS256', 'ES256', 'Ed25519', 'RS256', 'ES256', 'Ed25519'])

  await alone.app.scope(() => alone.app.keys.rotate({ by: operator, now: true }))
  t.true(
    await eventually(async () => (await keySet(alone.url)).length === 9),
    'a rotation replaces the keys of all of them',
  )
})

test('J-01: an ID token with another algorithm than the registered one is no valid hint', async t => {
  const [rsa, ec] = await Promise.all([
    RelyingParty.register(gatehouse),
    RelyingParty.register(gatehouse, { idTokenAlg: 'ES256' }),
  ])
  const { tokens, browser } = await rsa.signIn(await makePerson(gatehouse))
  await gatehouse.app.scope(() => gatehouse.app.clients.update(rsa.id, { idTokenAlg: 'ES256' }, { by: operator }))
  const hint = (id: string) => new URLSearchParams({ id_token_hint: tokens.id_token ?? '', client_id: id })
  t.true(
    await eventually(async () => (await browser.fetch(`${gatehouse.url}/session/end?${hint(rsa.id)}`)).status === 400),
  )
  t.is((await browser.fetch(`${gatehouse.url}/session/end?${hint(ec.id)}`)).status, 400)
})
