import { createPublicKey } from 'node:crypto'
import test from 'ava'
import { AssertingClient, type Assertion, newKeyPair } from '../support/assertions.ts'
import { isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { compact, hs256, psychic, respelled } from '../support/jws.ts'
import { Listener } from '../support/listener.ts'

const HOUR = 60 * 60

const gatehouse = await startGatehouse()
const { url } = gatehouse
const { url: elsewhere } = await gatehouse.another()
test.after.always(() => gatehouse.stop())

test('a client authenticates with an assertion that is signed with its key', async t => {
  const client = await AssertingClient.register(gatehouse)
  for (const aud of [url, `${url}/token`, [url, `${url}/token`]]) {
    const answer = await client.ask(await client.assertion({ claims: { aud } }))
    t.is(answer.status, 200, JSON.stringify(aud))
  }
})

test('C-07: an assertion is accepted once, in all processes together', async t => {
  const client = await AssertingClient.register(gatehouse)
  const assertion = await client.assertion()
  t.is((await client.ask(assertion)).status, 200)
  isRefusedAs(t, await client.ask(assertion), 'invalid_client')
  isRefusedAs(t, await client.ask(assertion, { at: elsewhere }), 'invalid_client')
})

test('C-07: of 20 requests with one assertion on two processes exactly one succeeds, in each of 10 rounds', async t => {
  const client = await AssertingClient.register(gatehouse)
  for (let round = 0; round < 10; round++) {
    const assertion = await client.assertion()
    const urls = Array.from({ length: 20 }, (_, index) => (index % 2 ? elsewhere : url))
    const answers = await Promise.all(urls.map(at => client.ask(assertion, { at })))
    t.is(answers.filter(({ status }) => status === 200).length, 1, `round ${round}`)
    for (const lost of answers.filter(({ status }) => status !== 200)) isRefusedAs(t, lost, 'invalid_client')
  }
})

test('F-24: an assertion that is not canonical base64url is refused', async t => {
  const client = await AssertingClient.register(gatehouse)
  const assertion = await client.assertion()
  for (const each of respelled(assertion)) isRefusedAs(t, await client.ask(each), 'invalid_client', each.slice(-4))
  t.is((await client.ask(assertion)).status, 200, 'the refused variants did not use up its jti')
})

test('C-07: two clients may use the same jti', async t => {
  const [a, b] = [await AssertingClient.register(gatehouse), await AssertingClient.register(gatehouse)]
  for (const client of [a, b])
    t.is((await client.ask(await client.assertion({ claims: { jti: 'the same' } }))).status, 200)
})

test('C-08: an assertion with any wrong claim is refused', async t => {
  const client = await AssertingClient.register(gatehouse)
  const other = await AssertingClient.register(gatehouse)
  const now = Math.floor(Date.now() / 1000)
  const wrong: [string, Assertion['claims']][] = [
    ['another issuer as audience', { aud: 'https://other.example' }],
    ['our issuer and another as audience', { aud: [url, 'https://other.example'] }],
    ['no audience', { aud: undefined }],
    ['an empty list of audiences', { aud: [] }],
    ['another endpoint as audience', { aud: `${url}/auth` }],
    ['an audience that begins with our issuer', { aud: `${url}.evil.example` }],
    ['expired', { exp: now - HOUR }],
    ['valid for a day', { exp: now + 24 * HOUR }],
    ['no expiry', { exp: undefined }],
    ['not yet', { nbf: now + HOUR }],
    ['no subject', { sub: undefined }],
    ['no issuer', { iss: undefined }],
    ["another client's name as issuer", { iss: other.id }],
    ["another client's name as subject", { sub: other.id }],
    ["another client's name as both", { iss: other.id, sub: other.id }],
    ['an unknown client', { iss: 'nobody', sub: 'nobody' }],
    ['no jti', { jti: undefined }],
  ]
  for (const [what, claims] of wrong)
    isRefusedAs(t, await client.ask(await client.assertion({ claims })), 'invalid_client', what)
})

test('C-08, J-01: an invalid signature is refused', async t => {
  const client = await AssertingClient.register(gatehouse)
  const { jwk } = client.key
  const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: Record<string, string>[] }
  const forged: [string, string][] = ['none', 'None', 'nOnE', 'NONE'].map(alg => [alg, compact({ alg }, client.claims)])
  const publicly = [
    jwk.x!,
    jwk.y!,
    JSON.stringify(jwk),
    pem.toString(),
    keys[0]!.x!,
    keys[0]!.n!,
    JSON.stringify(keys[0]),
  ]
  for (const known of publicly.filter(Boolean)) {
    forged.push([
      'HS256 with a public key as the secret',
      compact({ alg: 'HS256', kid: jwk.kid }, client.claims, hs256(known)),
    ])
    const bytes = Buffer.from(known, 'base64url')
    forged.push([
      'HS256 with the bytes of a public key',
      compact({ alg: 'HS256', kid: jwk.kid }, client.claims, hs256(bytes)),
    ])
  }
  forged.push(['an empty signature', compact({ alg: 'ES256', kid: jwk.kid }, client.claims)])
  forged.push(['a zero signature (CVE-2022-21449)', compact({ alg: 'ES256', kid: jwk.kid }, client.claims, psychic)])
  forged.push(['unknown crit', await client.assertion({ header: { crit: ['odd'], odd: 1 } })])
  forged.push(["another's key", await client.assertion({ key: { ...(await newKeyPair()), jwk } })])
  for (const kid of ['../../../../dev/null', '/dev/null', "' or 1=1 --", keys[0]!.kid])
    forged.push([`kid ${kid}`, await client.assertion({ key: await newKeyPair(), header: { kid } })])

  for (const [what, assertion] of forged) isRefusedAs(t, await client.ask(assertion), 'invalid_client', what)
})

test('C-08, J-02: keys in the header of an assertion are not used, and their URLs are not fetched', async t => {
  const client = await AssertingClient.register(gatehouse)
  const evil = (await Listener.open(t))!
  const attacker = await newKeyPair()
  const address = `http://127.0.0.1:${evil.port}/keys`
  const brought = [{ jwk: attacker.jwk }, { jku: address }, { x5u: address }, { x5c: ['MIIB'] }]
  for (const header of brought) {
    const assertion = await client.assertion({ key: attacker, header: { ...header, kid: client.key.jwk.kid } })
    isRefusedAs(t, await client.ask(assertion), 'invalid_client', Object.keys(header)[0])
  }
  t.is(evil.connections, 0)
})
