import { randomUUID } from 'node:crypto'
import test from 'ava'
import { startApi } from '../support/resource-server/loopback-api.ts'
import { AUDIENCE } from '../support/resource-server/loopback-issuer.ts'

const introspection = { clientId: 'api:1', clientSecret: 'a secret+' }

async function startOpaque(...[t, options, known]: Parameters<typeof startApi>) {
  const started = await startApi(t, { introspection, revocations: false, ...options }, known)
  const { issuer } = started
  const opaque = (claims: object = {}) => {
    const token = randomUUID()
    const now = issuer.clock.epoch
    const usual = { active: true, iss: issuer.url, aud: AUDIENCE, sub: 'ada', client_id: 'app', token_type: 'Bearer' }
    issuer.opaque.set(token, { ...usual, scope: 'orders:read', iat: now, exp: now + 600, ...claims })
    return token
  }
  return { ...started, opaque, asked: () => issuer.requests.get('/introspection') ?? 0 }
}

test('an opaque token is introspected, with credentials that have special characters', async t => {
  const { call, opaque } = await startOpaque(t)
  const answer = await call(opaque())
  t.is(answer.status, 200)
  t.like(answer.body, { subject: 'ada', scopes: ['orders:read'] })
  t.like((await call(opaque({ sub: undefined }))).body, { subject: 'app' })
})

test('an answer is used again for ten seconds, and requests at the same time share a question', async t => {
  const { call, opaque, asked, advance } = await startOpaque(t)
  const [token, unknown] = [opaque(), 'unknown']
  await Promise.all(Array.from({ length: 10 }, () => call(token)))
  await Promise.all(Array.from({ length: 10 }, () => call(unknown)))
  t.is(asked(), 2)
  t.is((await call(unknown)).description, 'the token is not active')
  t.is((await call(token)).status, 200)
  t.is(asked(), 2, 'also that it is not active')
  advance(11)
  await call(token)
  await call(unknown)
  t.is(asked(), 4)
})

test('an answer is not used beyond the expiry of the token, and a revoked token is refused after ten seconds', async t => {
  const { issuer, call, opaque, asked, advance } = await startOpaque(t)
  const short = opaque({ exp: issuer.clock.epoch + 3 })
  t.is((await call(short)).status, 200)
  advance(4)
  issuer.opaque.delete(short)
  t.is((await call(short)).status, 401)
  t.is(asked(), 2)
  const token = opaque()
  t.is((await call(token)).status, 200)
  issuer.opaque.delete(token)
  advance(11)
  t.is((await call(token)).status, 401)
})

test('C-09: an active token for another API, from another issuer or of another kind is refused', async t => {
  const { issuer, call, opaque } = await startOpaque(t)
  const now = issuer.clock.epoch
  for (const claims of [
    { aud: undefined },
    { aud: 'https://api.example.com' },
    { iss: undefined },
    { iss: 'https://id.example.com' },
    { exp: undefined },
    { exp: now - 60 },
    { nbf: now + 60 },
    { client_id: undefined },
    { token_type: undefined },
    { token_type: 'refresh_token' },
    { token_type: 'DPoP' },
    { cnf: { jkt: 'x' } },
    { cnf: { 'x5t#S256': 'x' }, token_type: 'DPoP' },
    { active: 'true' },
    { active: 1 },
  ]) {
    const answer = await call(opaque(claims))
    t.deepEqual([answer.status, answer.error], [401, 'invalid_token'], JSON.stringify(claims))
  }
})

test('J-06: a bound opaque token needs a proof', async t => {
  const { call, opaque } = await startOpaque(t)
  const token = opaque({ cnf: { jkt: 'x' }, token_type: 'DPoP' })
  t.is((await call(token)).error, 'invalid_token')
  t.is((await call(token, { scheme: 'DPoP' })).error, 'invalid_dpop_proof')
})

test('without credentials an opaque token is refused, and no JWT is ever introspected', async t => {
  const { issuer, call } = await startApi(t, { revocations: false })
  t.is((await call(randomUUID())).description, 'the token is not a JWT')
  const withCredentials = await startOpaque(t, {}, issuer)
  t.is((await withCredentials.call('a.b.c')).status, 401)
  t.is((await withCredentials.call(await issuer.token({ aud: 'other' }))).status, 401)
  t.is(withCredentials.asked(), 0)
})

test('if the provider does not answer or refuses the credentials, the response is 503, and the log says why once', async t => {
  const wrong = { ...introspection, clientSecret: 'wrong' }
  const { issuer, call, opaque, logged } = await startOpaque(t, { introspection: wrong })
  for (let i = 0; i < 2; i += 1) t.is((await call(opaque())).status, 503)
  t.is(logged.length, 1)
  t.regex(logged[0]!, /answers 401. Check the option "introspection"/)

  const right = await startOpaque(t, {}, issuer)
  const token = right.opaque()
  issuer.answers.set('/introspection', (_, res) => res.end('<html>'))
  t.is((await right.call(token)).status, 503)
  issuer.answers.set('/introspection', (_, res) => res.writeHead(307, { location: `${issuer.url}/other` }).end())
  t.is((await right.call(token)).status, 503)
  issuer.answers.clear()
  t.is((await right.call(token)).status, 200, 'a failure is not kept')
  t.is(right.logged.length, 2)
})

test('at most a hundred tokens are asked about at the same time', async t => {
  const { issuer, call, opaque } = await startOpaque(t)
  const held: (() => void)[] = []
  t.is((await call(opaque())).status, 200)
  issuer.answers.set('/introspection', (req, res) => void held.push(() => req.resume() && res.end('{"active":false}')))
  const calls = Array.from({ length: 101 }, () => call(opaque()))
  t.is((await Promise.race(calls)).status, 503)
  for (let i = 0; i < 100; i += 1) held[i]?.()
  issuer.answers.clear()
  issuer.leave()
  await Promise.allSettled(calls)
})
