import { createHash, randomUUID } from 'node:crypto'
import test from 'ava'
import { calculateJwkThumbprint, type JWTPayload } from 'jose'
import { newKeyPair } from '../support/assertions.ts'
import { type Proof, Prover, publicPart } from '../support/dpop.ts'
import { compact, hs256, nothing, psychic } from '../support/jws.ts'
import { startApi } from '../support/resource-server/loopback-api.ts'

const ORIGIN = 'https://api.example.org'
const URL_OF_ORDERS = `${ORIGIN}/v1/orders`

/** An API, a token bound to a key, and proofs for it. */
async function startBound(...[t, options, known]: Parameters<typeof startApi>) {
  const started = await startApi(t, { revocations: false, ...options }, known)
  const { issuer, call } = started
  const prover = new Prover(ORIGIN, await newKeyPair())
  const jkt = await calculateJwkThumbprint(publicPart(prover.key))
  const token = await issuer.token({ cnf: { jkt } })
  const claimsOf = (claims: JWTPayload = {}) => ({
    ...{ jti: randomUUID(), htm: 'GET', htu: URL_OF_ORDERS, iat: issuer.clock.epoch, ath: digest(token), ...claims },
  })
  const proof = ({ claims, header = {} }: Proof = {}, by = prover) => by.proof({ claims: claimsOf(claims), header })
  const send = (dpop: string | undefined, more = {}) => call(token, { scheme: 'DPoP', dpop, ...more })
  return { ...started, prover, token, jkt, claimsOf, proof, send }
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

test('J-06: a proof for another request, token or time is refused', async t => {
  const { issuer, token, claimsOf, prover, proof, send } = await startBound(t)
  const now = issuer.clock.epoch
  const stranger = new Prover(ORIGIN, await newKeyPair())
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: publicPart(prover.key) }
  t.is((await send(await proof())).status, 200)
  const attacks: Record<string, string | undefined> = {
    'no proof': undefined,
    'an empty proof': '',
    'no JWT': 'x',
    'two proofs': `${await proof()}, ${await proof()}`,
    'another method': await proof({ claims: { htm: 'POST' } }),
    'the method in lower case': await proof({ claims: { htm: 'get' } }),
    'no method': await proof({ claims: { htm: undefined } }),
    'another path': await proof({ claims: { htu: `${ORIGIN}/v1/order` } }),
    'another host': await proof({ claims: { htu: 'https://api.example.com/v1/orders' } }),
    http: await proof({ claims: { htu: URL_OF_ORDERS.replace('https', 'http') } }),
    'no URL': await proof({ claims: { htu: undefined } }),
    'a path for a URL': await proof({ claims: { htu: '/v1/orders' } }),
    'another token': await proof({ claims: { ath: digest(`${token}x`) } }),
    'no ath': await proof({ claims: { ath: undefined } }),
    'too old': await proof({ claims: { iat: now - 65 } }),
    'from the future': await proof({ claims: { iat: now + 65 } }),
    'no iat': await proof({ claims: { iat: undefined } }),
    'no jti': await proof({ claims: { jti: undefined } }),
    'an empty jti': await proof({ claims: { jti: '' } }),
    'typ JWT': await proof({ header: { typ: 'JWT' } }),
    'no typ': await proof({ header: { typ: undefined } }),
    'crit unknown': await proof({ header: { crit: ['odd'], odd: 1 } }),
    'another key': await proof({}, stranger),
    "another key's signature": await proof({ header: { jwk: publicPart(prover.key) } }, stranger),
    'no jwk': await proof({ header: { jwk: undefined } }),
    'a private jwk': await proof({ header: { jwk: { ...publicPart(prover.key), d: 'AAAA' } } }),
    'r = s = 0': compact(header, claimsOf(), psychic),
    'HS256 with the public key': compact({ ...header, alg: 'HS256' }, claimsOf(), hs256(JSON.stringify(header.jwk))),
    'HS256 with a key that it brings': compact(
      { ...header, alg: 'HS256', jwk: { kty: 'oct', k: 'c2VjcmV0' } },
      claimsOf(),
      hs256('secret'),
    ),
    'the access token itself': token,
  }
  for (const alg of ['none', 'None', 'nOnE']) attacks[`alg ${alg}`] = compact({ ...header, alg }, claimsOf(), nothing)
  for (const [what, dpop] of Object.entries(attacks)) {
    const answer = await send(dpop)
    t.is(answer.status, 401, what)
    t.is(answer.error, 'invalid_dpop_proof', what)
    t.regex(answer.challenge, /^DPoP error="invalid_dpop_proof", .*algs="ES256 Ed25519 EdDSA", Bearer resource_/, what)
  }
})

test('J-06: the URL is compared without query and fragment, as URLs are normalized', async t => {
  const { proof, send } = await startBound(t)
  const same = ['?page=1', '#x', '?a#b'].map(more => `${URL_OF_ORDERS}${more}`)
  for (const htu of [...same, 'https://API.example.org:443/v1/./orders'])
    t.is((await send(await proof({ claims: { htu } }), { path: '/v1/orders?page=2' })).status, 200, htu)
})

test('J-06: a proof is accepted once, also by requests at the same time', async t => {
  const { proof, send, advance } = await startBound(t)
  const once = await proof()
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(once)))
  t.is(answers.filter(({ status }) => status === 200).length, 1)
  advance(59)
  t.is((await send(once)).description, 'the proof was used before')
  advance(10)
  t.is((await send(once)).description, 'the proof was not made just now')
})

test('J-06: processes can share the store of used proofs; if it fails, no proof is accepted', async t => {
  const used = new Map<string, number>()
  const replays = {
    async seen(id: string, until: number) {
      const seen = used.has(id)
      used.set(id, until)
      return seen
    },
  }
  const one = await startBound(t, { replays })
  const other = await startApi(t, { replays, revocations: false }, one.issuer)
  const once = await one.proof()
  t.is((await one.send(once)).status, 200)
  t.is((await other.call(one.token, { scheme: 'DPoP', dpop: once })).status, 401)
  const [[id, until]] = [...used] as [[string, number]]
  t.regex(id, /^[\w-]{43}$/)
  t.true(until > one.issuer.clock.epoch && until <= one.issuer.clock.epoch + 61)

  const failing = { seen: () => Promise.reject(new Error('the store is away')) }
  const broken = await startApi(t, { replays: failing, revocations: false }, one.issuer)
  t.is((await broken.call(one.token, { scheme: 'DPoP', dpop: await one.proof() })).status, 503)
  t.regex(broken.logged[0]!, /can't read the store of used DPoP proofs: the store is away/)
})

test('J-06: a bound token is refused as Bearer, and an unbound one with a proof', async t => {
  const { issuer, token, call, prover, jkt } = await startBound(t)
  const bearer = await call(token)
  t.is(bearer.description, 'the token is bound to a key, and needs the scheme DPoP and a proof')
  t.regex(
    bearer.challenge,
    /^Bearer error="invalid_token", .*, DPoP resource_metadata=".*", algs="ES256 Ed25519 EdDSA"$/,
  )
  const unbound = await issuer.token()
  const dpop = await prover.proof({ claims: { htm: 'GET', htu: URL_OF_ORDERS, ath: digest(unbound) } })
  t.is((await call(unbound, { scheme: 'DPoP', dpop })).description, 'the token is not bound to a key')
  t.is((await call(unbound, { dpop })).status, 200, 'a proof beside a Bearer token changes nothing')
  t.truthy(jkt)
})

test('J-06: with nonces, a proof needs the current one or that of two minutes ago', async t => {
  const { send, proof, advance } = await startBound(t, { dpop: { nonce: 'required' } })
  const first = await send(await proof())
  t.deepEqual([first.status, first.error], [401, 'use_dpop_nonce'])
  t.regex(first.challenge, /^DPoP error="use_dpop_nonce"/)
  const nonce = first.headers.get('dpop-nonce')!
  t.regex(nonce, /^[\w-]{43}$/)
  const used = await send(await proof({ claims: { nonce } }))
  t.deepEqual([used.status, used.headers.get('dpop-nonce')], [200, null])

  advance(120)
  const renewed = await send(await proof({ claims: { nonce } }))
  t.is(renewed.status, 200)
  const next = renewed.headers.get('dpop-nonce')!
  t.not(next, nonce)
  advance(120)
  for (const old of [nonce, 'x', '', 7, null, `${next}x`]) {
    const answer = await send(await proof({ claims: { nonce: old as never } }))
    t.deepEqual([answer.status, answer.error], [401, 'use_dpop_nonce'], String(old))
  }
  t.is((await send(await proof({ claims: { nonce: next } }))).status, 200)
})

test('J-06: processes with the same secret accept the nonces of each other', async t => {
  const dpop = { nonce: 'required', nonceSecret: 'a secret of all processes' } as const
  const one = await startBound(t, { dpop })
  const nonce = (await one.send(await one.proof())).headers.get('dpop-nonce')!
  const request = async () => ({ scheme: 'DPoP', dpop: await one.proof({ claims: { nonce } }) })
  const other = await startApi(t, { dpop, revocations: false }, one.issuer)
  t.is((await other.call(one.token, await request())).status, 200)
  const stranger = await startApi(t, { dpop: { nonce: 'required' }, revocations: false }, one.issuer)
  t.is((await stranger.call(one.token, await request())).error, 'use_dpop_nonce')
})

test('an API can require DPoP, and says so', async t => {
  const { issuer, call, proof, send } = await startBound(t, { dpop: { required: true } })
  const answer = await call(await issuer.token())
  t.is(answer.description, 'only DPoP-bound tokens are accepted')
  t.notRegex(answer.challenge, /Bearer/)
  t.is((await send(await proof())).status, 200)
  const { body } = await call('', { path: '/.well-known/oauth-protected-resource/v1' })
  t.true(body.dpop_bound_access_tokens_required)
})

test('the public address of a server behind a proxy that removes a part of the path is an option', async t => {
  const { proof, send } = await startBound(t, { url: `${ORIGIN}/v1/` })
  t.is((await send(await proof(), { path: '/orders' })).status, 200)
  t.is((await send(await proof(), { path: '/v1/orders' })).status, 401)
})

test('an API whose public address is unknown offers no DPoP', async t => {
  const audience = 'urn:example:api'
  const { issuer, call, logged, jkt } = await startBound(t, { audience })
  const answer = await call(await issuer.token({ aud: audience, cnf: { jkt } }), { scheme: 'DPoP' })
  t.deepEqual([answer.status, answer.description], [401, 'this API does not accept DPoP'])
  t.is(answer.challenge, 'Bearer error="invalid_token", error_description="this API does not accept DPoP"')
  t.regex(logged[0]!, /option "url"/)
  t.is((await call(await issuer.token({ aud: audience }))).status, 200)
})
