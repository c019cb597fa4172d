import test from 'ava'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { Conflict } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { active } from '../support/codes.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

interface Jwk {
  kid: string
  alg: string
}

const API = 'https://api.example.org'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
const other = await gatehouse.another()
await app.scope(() =>
  app.resources.register({ id: API, name: 'Orders', scopes: [{ name: 'orders:read' }] }, { by: operator }),
)
test.after.always(() => gatehouse.stop())

async function jwks(at: string) {
  const response = await fetch(`${at}/jwks`)
  return { keys: ((await response.json()) as { keys: Jwk[] }).keys, headers: response.headers }
}

/** Waits until both processes publish the expected keys. */
function published(expected: (keys: Jwk[]) => boolean): Promise<boolean> {
  return eventually(async () => {
    const sets = await Promise.all([jwks(url), jwks(other.url)])
    return sets.every(({ keys }) => expected(keys))
  })
}

const first = (keys: Jwk[], alg: string) => keys.find(key => key.alg === alg)?.kid

async function signedIn(registration = {}) {
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'orders:read'], ...registration })
  const person = await makePerson(gatehouse)
  const stay = await rp.signIn(person, { scope: 'openid orders:read', resource: API })
  return { rp, person, ...stay, id: stay.tokens.id_token!, access: stay.tokens.access_token }
}

/** Whether the token verifies with the published keys, as a relying party or an API checks it. */
async function verifies(token: string, at = url): Promise<boolean> {
  try {
    await jwtVerify(token, createRemoteJWKSet(new URL(`${at}/jwks`)), { issuer: url })
    return true
  } catch {
    return false
  }
}

test.serial('J-04: the key set contains public keys only and can be cached', async t => {
  const { keys, headers } = await jwks(url)
  t.deepEqual(keys.map(({ alg }) => alg).sort(), ['ES256', 'ES256', 'RS256', 'RS256'])
  for (const key of keys) for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) t.false(secret in key, secret)
  const maxAge = Number(/max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1])
  t.true(maxAge >= 60 && maxAge <= 3600, headers.get('cache-control') ?? 'none')
  t.is(headers.get('access-control-allow-origin'), '*')
  const etag = headers.get('etag')!
  t.is((await fetch(`${url}/jwks`, { headers: { 'if-none-match': etag } })).status, 304)
})

test.serial('J-04: after a rotation every process signs with the next key, and older tokens still verify', async t => {
  const before = await signedIn()
  const otherBefore = await signedIn({ idTokenAlg: 'ES256' })
  const known = (await jwks(url)).keys
  const next = known.filter(key => key.alg === 'RS256')[1]!.kid
  t.is(decodeProtectedHeader(before.id).kid, first(known, 'RS256'))

  await app.scope(() => app.keys.rotate({ by: operator, now: true }))

  t.true(await published(keys => first(keys, 'RS256') === next), 'the next key became the current one')
  t.true(await published(keys => known.every(({ kid }) => keys.some(key => key.kid === kid))), 'no key is missing')
  for (const token of [before.id, before.access, otherBefore.id])
    for (const at of [url, other.url]) t.true(await verifies(token, at))
  const userinfo = await before.rp.signIn(before.person, { scope: 'openid' }, before.browser)
  t.true(await active(before.rp, userinfo.tokens.access_token))

  const after = await signedIn()
  t.is(decodeProtectedHeader(after.id).kid, next)
  t.is(decodeProtectedHeader(after.access).alg, 'ES256', 'APIs get another algorithm')
  t.not(decodeProtectedHeader(after.access).kid, decodeProtectedHeader(before.access).kid)
  const begun = await after.rp.begin({ scope: 'openid', prompt: 'none' })
  await after.browser.open(begun.url.href)
  const code = new URL(after.browser.page.url).searchParams.get('code')!
  const request = { code, code_verifier: begun.verifier, redirect_uri: 'https://app.example.org/callback' }
  const answer = await after.rp.post('/token', { grant_type: 'authorization_code', ...request }, { at: other.url })
  t.is(decodeProtectedHeader(answer.body.id_token).kid, next, 'the other process signs with the next key too')
})

test.serial('J-04: a key set that was cached before a rotation verifies tokens signed after it', async t => {
  const cached = createRemoteJWKSet(new URL(`${url}/jwks`), { cooldownDuration: 600_000 })
  await jwtVerify((await signedIn()).id, cached)
  const next = (await jwks(url)).keys.filter(key => key.alg === 'RS256')[1]!.kid

  await app.scope(() => app.keys.rotate({ by: operator, now: true }))
  t.true(await published(keys => first(keys, 'RS256') === next))

  const { id } = await signedIn()
  t.is(decodeProtectedHeader(id).kid, next)
  await t.notThrowsAsync(jwtVerify(id, cached))
})

test.serial('J-04: tokens of a removed key are refused', async t => {
  const { rp, id, browser } = await signedIn()
  const { kid } = decodeProtectedHeader(id)
  const hint = async (at: string) => {
    const response = await new Browser(at).fetch(`${at}/session/end?${new URLSearchParams({ id_token_hint: id })}`)
    return response.status
  }
  await app.scope(() => app.keys.rotate({ by: operator, now: true }))
  t.true(await published(keys => first(keys, 'RS256') !== kid))
  t.is(await hint(url), 303, 'a retired key still verifies tokens')

  await app.scope(() => app.keys.remove(kid!, { by: operator }))

  t.true(await published(keys => keys.every(key => key.kid !== kid)))
  t.deepEqual([await hint(url), await hint(other.url)], [400, 400])
  t.false(await verifies(id))
  const begun = await rp.begin({ scope: 'openid', prompt: 'none', id_token_hint: id })
  await browser.open(begun.url.href)
  t.is(new URL(browser.page.url).searchParams.get('error'), 'invalid_request')
})

test.serial('J-04: the current key cannot be removed', async t => {
  const [current] = (await jwks(url)).keys
  await t.throwsAsync(
    app.scope(() => app.keys.remove(current!.kid, { by: operator })),
    { instanceOf: Conflict },
  )
  t.true(await published(keys => keys[0]?.kid === current!.kid))
})
