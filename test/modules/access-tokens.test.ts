import test from 'ava'
import fc from 'fast-check'
import { Refused } from 'gatehouse/resource-server'
import { CompactSign, exportJWK, exportSPKI, importJWK, type JWTPayload } from 'jose'
import { newKeyPair } from '../support/assertions.ts'
import { altered, compact, hs256, nothing, psychic, respelled } from '../support/jws.ts'
import { Listener } from '../support/listener.ts'
import { startApi } from '../support/resource-server/loopback-api.ts'
import { AUDIENCE, LoopbackIssuer } from '../support/resource-server/loopback-issuer.ts'

const INVALID = /^Bearer error="invalid_token", error_description="[^"\\]+", resource_metadata="[^"]+", DPoP /

test('the signature algorithms that Gatehouse can use are accepted, also in the type application/at+jwt', async t => {
  const { issuer, call } = await startApi(t)
  issuer.keys = await Promise.all(['ES256', 'RS256', 'PS256', 'Ed25519'].map(alg => newKeyPair(alg)))
  for (const key of issuer.keys) {
    t.is((await call(await issuer.token({}, { key }))).status, 200, key.jwk.alg)
    const typ = 'application/AT+JWT'
    t.is((await call(await issuer.token({ aud: ['x', AUDIENCE] }, { key, header: { typ } }))).status, 200, key.jwk.alg)
  }
})

test('J-01: tokens without a real signature are refused', async t => {
  const { issuer, call } = await startApi(t)
  const { jwk, privateKey } = issuer.keys[0]!
  const good = await issuer.token()
  const claims = JSON.parse(Buffer.from(good.split('.')[1]!, 'base64url').toString()) as JWTPayload
  const header = { alg: 'ES256', typ: 'at+jwt', kid: jwk.kid }
  const pem = await exportSPKI((await importJWK(jwk, 'ES256')) as CryptoKey)
  const raw = JSON.stringify(await exportJWK((await importJWK(jwk, 'ES256')) as CryptoKey))
  const [head, body, signature] = good.split('.')
  const attacks: Record<string, string> = {
    'no signature': `${head}.${body}.`,
    'no signature part': `${head}.${body}`,
    'r = s = 0': compact(header, claims, psychic),
    'a changed payload': altered(good, { scope: 'orders:read admin' }),
    'another header': `${Buffer.from(JSON.stringify({ ...header, extra: 1 })).toString('base64url')}.${body}.${signature}`,
    'crit unknown': await issuer.token({}, { header: { crit: ['odd'], odd: 1 } }),
    'crit that is understood': await issuer.token({}, { header: { crit: ['b64'], b64: true } }),
    'crit empty': compact({ ...header, crit: [] }, claims, psychic),
    'b64 false': compact({ ...header, crit: ['b64'], b64: false }, claims, psychic),
    'payload is no object': await new CompactSign(Buffer.from('[]')).setProtectedHeader(header).sign(privateKey),
    'header is no object': `${Buffer.from('null').toString('base64url')}.${body}.${signature}`,
  }
  for (const alg of ['none', 'None', 'NONE', 'nOnE', 'none ', '', null, undefined, ['none']])
    attacks[`alg ${alg}`] = compact({ ...header, alg }, claims, nothing)
  for (const alg of ['HS256', 'HS384', 'HS512'])
    for (const key of [pem, pem.trim(), raw, Buffer.from(String(jwk.x), 'base64url')])
      attacks[`${alg} with the public key ${String(key).slice(0, 12)}`] = compact(
        { ...header, alg },
        claims,
        hs256(key),
      )
  for (const spelled of respelled(good).slice(0, 3)) attacks[`spelled ${spelled.slice(-3)}`] = spelled

  t.is((await call(good)).status, 200)
  for (const [what, token] of Object.entries(attacks)) {
    const answer = await call(token)
    t.is(answer.status, 401, what)
    t.is(answer.error, 'invalid_token', what)
    t.regex(answer.challenge, INVALID, what)
  }
})

test('J-01: a key of one algorithm verifies no other', async t => {
  const { issuer, call } = await startApi(t)
  const rsa = await newKeyPair('RS256')
  issuer.keys = [{ ...rsa, jwk: { ...rsa.jwk, alg: 'PS256' } }]
  t.is((await call(await issuer.token({}, { key: rsa, header: { alg: 'RS256' } }))).status, 401)
})

test('J-02: keys and addresses of keys in the header are ignored, and no one fetches them', async t => {
  const { issuer, call } = await startApi(t)
  const listener = (await Listener.open(t))!
  const own = await newKeyPair()
  const evil = `http://127.0.0.1:${listener.port}/jwks`
  const { kid } = issuer.keys[0]!.jwk
  const headers = [
    ...[{ jwk: own.jwk }, { jku: evil }, { x5u: evil }, { x5c: ['AAAA'] }],
    { jwk: own.jwk, jku: evil, x5u: evil, kid: own.jwk.kid },
  ]
  for (const header of headers) {
    const names = Object.keys(header).join()
    t.is((await call(await issuer.token({}, { key: own, header: { kid, ...header } }))).status, 401, names)
    t.is(
      (await call(await issuer.token({}, { header: { kid, ...header } }))).status,
      'kid' in header ? 401 : 200,
      names,
    )
  }
  t.is(listener.connections, 0)
})

test('C-09: tokens for another purpose are refused, although the issuer has signed them', async t => {
  const { issuer, call } = await startApi(t)
  const types = ['JWT', 'logout+jwt', 'dpop+jwt', 'token-revocations+jwt', 'id+jwt', 'at+jwtx', '', undefined, 1]
  for (const typ of types) t.is((await call(await issuer.token({}, { header: { typ } }))).status, 401, String(typ))
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const idToken = { client_id: undefined, jti: undefined, scope: undefined, nonce: 'n', aud: 'app' }
  for (const claims of [idToken, { events, client_id: undefined }])
    t.is((await call(await issuer.token(claims, { header: { typ: 'JWT' } }))).status, 401)
})

test('C-09: an API that accepts the type JWT still accepts no ID token and no logout token', async t => {
  const { issuer, call } = await startApi(t, { acceptTypes: ['JWT'] })
  const header = { typ: 'JWT' }
  t.is((await call(await issuer.token({}, { header }))).status, 200)
  for (const claims of [{ client_id: undefined }, { jti: undefined }, { aud: 'app' }])
    t.is((await call(await issuer.token(claims, { header }))).status, 401, JSON.stringify(claims))
  t.is((await call(await issuer.token({}, { header: { typ: 'logout+jwt' } }))).status, 401)
})

test('a token for another API, from another issuer, expired or incomplete is refused with the reason', async t => {
  const { issuer, call } = await startApi(t)
  const other = await LoopbackIssuer.start()
  t.teardown(() => other.stop())
  const now = issuer.clock.epoch
  const refused: [JWTPayload, string][] = [
    [{ aud: `${AUDIENCE}/` }, 'the token is for another API'],
    [{ aud: ['https://api.example.org'] }, 'the token is for another API'],
    [{ aud: undefined }, 'the token is for another API'],
    [{ aud: [] }, 'the token is for another API'],
    [{ iss: `${issuer.url}/` }, 'the token is from another issuer'],
    [{ iss: undefined }, 'the token is from another issuer'],
    [{ exp: now - 16 }, 'the token has expired'],
    [{ exp: undefined }, 'the token has no exp'],
    [{ nbf: now + 60 }, 'the token is not valid yet'],
    [{ iat: now + 60 }, 'the token is not valid yet'],
    [{ sub: undefined }, 'the token has no sub'],
    [{ sub: '' }, 'the token has no sub'],
    [{ client_id: undefined }, 'the token has no client_id'],
    [{ jti: undefined }, 'the token has no jti'],
    [{ cnf: { 'x5t#S256': 'abc' } }, 'the token is bound to a key in a way that is not supported'],
    [{ cnf: null }, 'the token is bound to a key in a way that is not supported'],
  ]
  for (const [claims, description] of refused) {
    const answer = await call(await issuer.token(claims))
    t.deepEqual([answer.status, answer.description], [401, description], JSON.stringify(claims))
  }
  for (const type of ['text', '1e99', true, {}])
    t.is((await call(await issuer.token({ exp: type as never, nbf: now }).catch(() => 'x.y.z'))).status, 401)
  t.is((await call(await other.token({ iss: issuer.url }))).description, 'the JWT is signed with an unknown key')
  t.is((await call(await issuer.token({}, { header: { kid: undefined } }))).description, 'the JWT names no key')
})

test('clocks may differ by fifteen seconds, and a verified token expires all the same', async t => {
  const { issuer, call, advance } = await startApi(t, { revocations: false })
  const now = issuer.clock.epoch
  const token = await issuer.token({ exp: now - 10, iat: now + 10, nbf: now + 10 })
  t.is((await call(token)).status, 200)
  advance(5)
  t.is((await call(token)).status, 401)
  const strict = await startApi(t, { revocations: false, clockTolerance: 0 }, issuer)
  t.is((await strict.call(await issuer.token({ exp: issuer.clock.epoch - 1 }))).status, 401)
})

test('a header that is not written as a token is refused, and never breaks the challenge', async t => {
  const { call } = await startApi(t)
  for (const token of ['', 'a b', 'a,b', '"a"', 'a\\b', 'é', 'a.b.c, Bearer d.e.f', '=', 'x', '...', 'a.b.c.d.e']) {
    const answer = await call(token)
    t.is(answer.status, 401, token)
    t.regex(answer.challenge, INVALID, token)
  }
})

test('whatever stands in the headers, the answer is 401, and its challenge can be sent', async t => {
  const { issuer, api } = await startApi(t, { revocations: false })
  const [jwt, jwk] = [await issuer.token(), issuer.keys[0]!.jwk]
  const part = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...jwt.split('.'), 'Bearer', 'DPoP', ' ', '.', '', '=', ','),
    fc.json().map(json => Buffer.from(json).toString('base64url')),
    fc
      .record({ alg: fc.constantFrom('ES256', 'none'), typ: fc.constant('at+jwt'), kid: fc.constantFrom(jwk.kid, 'x') })
      .map(header => Buffer.from(JSON.stringify(header)).toString('base64url')),
  )
  const header = fc.oneof(
    fc.array(part, { maxLength: 6 }).map(parts => parts.join('')),
    fc
      .tuple(fc.constantFrom('Bearer ', 'DPoP '), part, part, part)
      .map(([scheme, ...parts]) => scheme + parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(header, header, async (authorization, dpop) => {
      const error = await api.authenticate({ method: 'GET', url: '/', headers: { authorization, dpop } } as never).then(
        () => (authorization.includes(jwt) ? null : new Error('accepted')),
        (refused: Refused) => refused,
      )
      if (error === null) return
      if (!(error instanceof Refused) || error.answer.status !== 401) throw error
      new Headers(error.answer.headers)
    }),
    { numRuns: 500 },
  )
  t.pass()
})

test('the scheme is case-insensitive, and the claims can not be changed by a handler', async t => {
  const { issuer, call, api } = await startApi(t)
  const token = await issuer.token({ groups: { list: ['a'] } })
  t.is((await call(token, { scheme: 'bearer' })).status, 200)
  const req = { method: 'GET', url: '/', headers: { authorization: `Bearer ${token}` } }
  const access = await api.authenticate(req as never)
  t.true(Object.isFrozen(access))
  t.throws(() => Object.assign(access.claims, { sub: 'eve' }))
  t.throws(() => (access.claims.groups as { list: string[] }).list.push('b'))
})

test('roles can be in another claim', async t => {
  const { issuer, api } = await startApi(t, { rolesClaim: 'groups' })
  const headers = { authorization: `Bearer ${await issuer.token({ groups: ['staff', 7], roles: ['admin'] })}` }
  t.deepEqual((await api.authenticate({ method: 'GET', url: '/', headers } as never)).roles, ['staff'])
})
