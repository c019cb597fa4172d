import { createHash } from 'node:crypto'
import test from 'ava'
import { AccountApplication, type Answer, SCOPE } from '../../support/account-api.ts'
import { codeGrant } from '../../support/codes.ts'
import { type Proof, Prover } from '../../support/dpop.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const gatehouse = await startGatehouse({ env: { API_LIMIT_IP: '100000/1m' } })
const other = await gatehouse.another()
const { url } = gatehouse
const [holder, stranger] = [await Prover.of(gatehouse), await Prover.of(gatehouse)]
const application = await AccountApplication.register(gatehouse, { profile: 'spa' })
test.after.always(() => gatehouse.stop())

async function boundToken(): Promise<string> {
  const { rp } = application
  const begun = await rp.begin({ scope: SCOPE, prompt: 'consent' })
  const request = codeGrant(begun, await rp.visit(begun, await makePerson(gatehouse)))
  const { body } = await rp.post('/token', request, { headers: { dpop: await holder.proof() } })
  if (body.token_type !== 'DPoP') throw new Error(JSON.stringify(body))
  return body.access_token
}

function proofFor(token: string, { claims = {}, header = {} }: Proof = {}, prover = holder): Promise<string> {
  const ath = createHash('sha256').update(token).digest('base64url')
  return prover.proof({ claims: { htm: 'GET', htu: `${url}/api/v1/me`, ath, ...claims }, header })
}

const ask = (authorization: string, dpop?: string, method = 'GET', path = '/me'): Promise<Answer> =>
  application.send(method, path, { headers: { authorization, ...(dpop && { dpop }) } })

test('J-06: a DPoP-bound token gives access with a proof of its key, and each proof works once', async t => {
  const token = await boundToken()
  const once = await proofFor(token)
  t.is((await ask(`DPoP ${token}`, once)).status, 200)
  const replayed = await ask(`DPoP ${token}`, once)
  t.like(replayed, { status: 401, body: { code: 'invalid_dpop_proof' } })
  t.regex(
    replayed.headers.get('www-authenticate') ?? '',
    /^DPoP realm="[^"]+", error="invalid_dpop_proof", .*algs="ES256 Ed25519 EdDSA"$/,
  )
  t.is((await ask(`dpop ${token}`, await proofFor(token, { claims: { htu: `${url}/api/v1/me?x=1#y` } }))).status, 200)
  const listed = await proofFor(token, { claims: { htu: `${url}/api/v1/me/sessions` } })
  t.is((await ask(`DPoP ${token}`, listed, 'GET', '/me/sessions?a=b')).status, 200)
})

test('J-06: a DPoP-bound token gives no access without a valid proof, nor as a bearer token', async t => {
  const [token, another] = [await boundToken(), await boundToken()]
  const now = Math.floor(Date.now() / 1000)
  for (const [what, dpop] of [
    ['no proof', undefined],
    ['nonsense', 'nonsense'],
    ['no ath', await proofFor(token, { claims: { ath: undefined } })],
    ["another token's", await proofFor(another)],
    ['another method', await proofFor(token, { claims: { htm: 'PATCH' } })],
    ['no method', await proofFor(token, { claims: { htm: undefined } })],
    ['another route', await proofFor(token, { claims: { htu: `${url}/api/v1/me/export` } })],
    ['another server', await proofFor(token, { claims: { htu: 'https://evil.test/api/v1/me' } })],
    ['no address', await proofFor(token, { claims: { htu: undefined } })],
    ['the token endpoint', await holder.proof()],
    ['an hour old', await proofFor(token, { claims: { iat: now - 3600 } })],
    ['an hour ahead', await proofFor(token, { claims: { iat: now + 3600 } })],
    ['no time', await proofFor(token, { claims: { iat: undefined } })],
    ['no jti', await proofFor(token, { claims: { jti: undefined } })],
    ['a nonce that we did not issue', await proofFor(token, { claims: { nonce: 'x' } })],
    ['another type', await proofFor(token, { header: { typ: 'JWT' } })],
    ['no key', await proofFor(token, { header: { jwk: undefined } })],
    ['unknown crit', await proofFor(token, { header: { crit: ['odd'], odd: 1 } })],
  ] as const) {
    const answer = await ask(`DPoP ${token}`, dpop)
    t.like(answer, { status: 401, body: { code: 'invalid_dpop_proof' } }, what)
  }
  const wrong = await ask(`DPoP ${token}`, await proofFor(token, {}, stranger))
  t.like(wrong, { status: 401, body: { code: 'invalid_token' } }, 'another key')
  for (const dpop of [undefined, await proofFor(token)])
    t.like(await ask(`Bearer ${token}`, dpop), { status: 401, body: { code: 'invalid_token' } })
})

test('J-06: a proof does not turn a bearer token into a DPoP-bound one', async t => {
  const { tokens } = await application.signIn()
  const answer = await ask(`DPoP ${tokens.access_token}`, await proofFor(tokens.access_token))
  t.like(answer, { status: 401, body: { code: 'invalid_token' } })
  t.is((await ask(`Bearer ${tokens.access_token}`)).status, 200)
})

test('J-06: of 20 simultaneous requests with one proof, in two processes, one succeeds', async t => {
  const token = await boundToken()
  const headers = { authorization: `DPoP ${token}`, dpop: await proofFor(token) }
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => fetch(`${i % 2 ? url : other.url}/api/v1/me`, { headers })),
  )
  t.is(answers.filter(({ status }) => status === 200).length, 1)
})
