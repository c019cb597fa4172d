import test from 'ava'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { startGatehouse } from '../support/gatehouse.ts'
import { altered, compact, hs256, psychic, respelled } from '../support/jws.ts'
import { Listener } from '../support/listener.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { url } = gatehouse
test.after.always(() => gatehouse.stop())

async function signedIn() {
  const rp = await RelyingParty.register(gatehouse)
  const { tokens, browser } = await rp.signIn(await makePerson(gatehouse))
  const id = tokens.id_token!
  return { rp, browser, id, header: decodeProtectedHeader(id), claims: decodeJwt(id) }
}

type SignedIn = Awaited<ReturnType<typeof signedIn>>

/** The results of the hint at both endpoints that accept one; a valid one then signs the person out. */
async function resultsOf({ rp, browser }: SignedIn, hint: string) {
  const begun = await rp.begin({ prompt: 'none', id_token_hint: hint })
  await browser.open(begun.url.href)
  const { searchParams } = new URL(browser.page.url)
  const end = await browser.fetch(`${url}/session/end?${new URLSearchParams({ id_token_hint: hint })}`)
  return [searchParams.get('error'), searchParams.has('code'), end.status]
}

test('an ID token of this server is accepted as a hint', async t => {
  const person = await signedIn()
  t.deepEqual(await resultsOf(person, person.id), [null, true, 303])
})

test('J-01: a hint with an invalid signature is refused', async t => {
  const person = await signedIn()
  const { header, claims, id } = person
  const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: Record<string, string>[] }
  const forged: [string, string][] = ['none', 'None', 'nOnE'].map(alg => [alg, compact({ ...header, alg }, claims)])
  for (const known of keys.flatMap(key => [key.x, key.n, JSON.stringify(key)]).filter(text => text !== undefined))
    for (const bytes of [known, Buffer.from(known, 'base64url')])
      forged.push(['HS256 with a public key as the secret', compact({ ...header, alg: 'HS256' }, claims, hs256(bytes))])
  forged.push(['HS256 with the client secret', compact({ alg: 'HS256' }, claims, hs256(person.rp.secret!))])
  forged.push(['empty', compact(header, claims)])
  forged.push(['psychic', compact(header, claims, psychic)])
  forged.push(['altered', altered(id, { sub: 'another person' })])
  forged.push(['cut off', id.slice(0, -8)])
  forged.push(['nonsense', 'nonsense'])

  for (const [what, hint] of forged) t.deepEqual(await resultsOf(person, hint), ['invalid_request', false, 400], what)
})

test('F-24: a hint that is not canonical base64url is refused', async t => {
  const person = await signedIn()
  for (const hint of respelled(person.id)) {
    t.deepEqual(await resultsOf(person, hint), ['invalid_request', false, 400], hint.slice(-4))
    const pushed = await person.rp.post('/request', {
      ...Object.fromEntries((await person.rp.begin()).url.searchParams),
      id_token_hint: hint,
    })
    t.deepEqual([pushed.status, pushed.body.error], [400, 'invalid_request'])
  }
  t.deepEqual(await resultsOf(person, person.id), [null, true, 303])
})

test('J-02: keys in the header of a hint are not used, and their URLs are not fetched', async t => {
  const person = await signedIn()
  const evil = (await Listener.open(t))!
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const address = `http://127.0.0.1:${evil.port}/keys`
  const brought = [{ jwk: await exportJWK(publicKey) }, { jku: address }, { x5u: address }, { x5c: ['MIIB'] }]
  for (const header of brought) {
    const hint = await new SignJWT(person.claims)
      .setProtectedHeader({ alg: 'ES256', kid: person.header.kid!, ...header })
      .sign(privateKey)
    t.deepEqual(await resultsOf(person, hint), ['invalid_request', false, 400], Object.keys(header)[0])
  }
  t.is(evil.connections, 0)
})

test("another client's ID token is refused as a hint", async t => {
  const [a, b] = [await signedIn(), await signedIn()]
  const begun = await a.rp.begin({ prompt: 'none', id_token_hint: b.id })
  await a.browser.open(begun.url.href)
  t.is(new URL(a.browser.page.url).searchParams.get('error'), 'invalid_request')
})

test('J-01: signed and unsigned request objects are refused, and request_uri is not fetched', async t => {
  const { rp, browser } = await signedIn()
  const evil = (await Listener.open(t))!
  const claims = { client_id: rp.id, redirect_uri: 'https://evil.example/', scope: 'openid' }
  const tries: [Record<string, string>, string][] = [
    [{ request: compact({ alg: 'none' }, claims) }, 'request_not_supported'],
    [{ request_uri: `http://127.0.0.1:${evil.port}/object` }, 'request_uri_not_supported'],
  ]
  for (const [parameters, error] of tries) {
    await browser.open((await rp.begin({ prompt: 'none', ...parameters })).url.href)
    const { origin, searchParams } = new URL(browser.page.url)
    t.deepEqual([origin, searchParams.get('error')], ['https://app.example.org', error])
  }
  t.is(evil.connections, 0)
})
