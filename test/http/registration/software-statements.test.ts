import { createServer } from 'node:http'
import test from 'ava'
import { SignJWT } from 'jose'
import { type KeyPair, newKeyPair } from '../../support/assertions.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { freePort } from '../../support/programs.ts'
import { RegisteringProgram } from '../../support/registering-program.ts'
import { StoppedClock } from '../../support/stopped-clock.ts'

const ISSUER = 'https://directory.example.org'
const APP = ['https://app.example.org/cb']

const port = await freePort()
const clock = new StoppedClock(Date.now())
const [key, stranger] = await Promise.all([newKeyPair(), newKeyPair()])
let published: KeyPair[] = [key]
let reads = 0
const directory = createServer((_req, res) => {
  reads += 1
  res.end(JSON.stringify({ keys: published.map(({ jwk }) => jwk) }))
}).listen(port, '127.0.0.1')

const env = { CLIENT_REGISTRATION_LIMIT_IP: '1000/1m', OUTBOUND_ALLOW: `127.0.0.1:${port}` }
const issuers = `${ISSUER}=http://127.0.0.1:${port}/jwks`
const [gatehouse, open] = await Promise.all([
  startGatehouse({ clock, env: { ...env, CLIENT_REGISTRATION: 'token', SOFTWARE_STATEMENT_ISSUERS: issuers } }),
  startGatehouse({ env: { ...env, CLIENT_REGISTRATION: 'open' } }),
])
const program = new RegisteringProgram(gatehouse)
test.after.always(async () => {
  directory.close()
  await Promise.all([gatehouse.stop(), open.stop()])
})

const sign = (claims: object, { by = key, alg = 'ES256' } = {}) =>
  new SignJWT({ iss: ISSUER, ...claims }).setProtectedHeader({ alg, kid: by.jwk.kid! }).sign(by.privateKey)

const register = async (claims: object, metadata: object = {}) =>
  program.register({ redirect_uris: null, software_statement: await sign(claims), ...metadata })

test.serial('a statement takes the place of a registration token, and its values take precedence', async t => {
  const { status, body } = await register(
    { redirect_uris: APP, client_name: 'Certified', software_id: 'x' },
    { client_name: 'Claimed', redirect_uris: ['https://evil.test/cb'], tos_uri: 'https://app.example.org/terms' },
  )
  t.is(status, 201)
  t.like(body, { client_name: 'Certified', redirect_uris: APP, tos_uri: 'https://app.example.org/terms' })
  t.regex(String(body.software_statement), /^ey/)
  const { app } = gatehouse
  const client = await app.scope(() => app.clients.find(String(body.client_id)))
  t.like(client, { registeredBy: 'software-statement', registeredWith: ISSUER, firstParty: false })
})

test.serial('D-05: an application cannot change what its statement says', async t => {
  const { body } = await register({ redirect_uris: APP, client_name: 'Certified' })
  const token = String(body.registration_access_token)
  const put = (change: object) =>
    program.send('PUT', String(body.registration_client_uri), { token, body: { client_id: body.client_id, ...change } })
  const changed = await put({ client_name: 'Other', redirect_uris: ['https://evil.test/cb'], scope: 'openid' })
  t.is(changed.status, 200)
  t.like(changed.body, { client_name: 'Certified', redirect_uris: APP, scope: 'openid' })
  t.is((await put({ software_statement: await sign({ redirect_uris: ['https://evil.test/cb'] }) })).status, 400)
  t.is((await put({ software_statement: body.software_statement })).status, 200)
})

test.serial('a statement without addresses, which anyone could present, is not enough alone', async t => {
  t.is((await register({ client_name: 'Certified' }, { redirect_uris: ['https://evil.test/cb'] })).status, 401)
})

test.serial('D-05: a statement alone is enough only for addresses at its own hosts', async t => {
  for (const elsewhere of [
    { post_logout_redirect_uris: ['https://evil.test/'] },
    { backchannel_logout_uri: 'https://evil.test/logout' },
  ])
    t.is((await register({ redirect_uris: APP }, elsewhere)).status, 400, JSON.stringify(elsewhere))
  const own = { post_logout_redirect_uris: ['https://app.example.org/bye'] }
  const { status, body } = await register({ redirect_uris: APP }, own)
  t.is(status, 201)
  t.like(body, own)
  const moved = await program.send('PUT', String(body.registration_client_uri), {
    token: String(body.registration_access_token),
    body: { client_id: body.client_id, post_logout_redirect_uris: ['https://evil.test/'] },
  })
  t.is(moved.status, 400)
  const native = { redirect_uris: ['org.example.app:/cb'], application_type: 'native' }
  t.is((await register({ ...native, token_endpoint_auth_method: 'none' })).status, 201)
})

test.serial('D-05: a statement cannot ask for more than a program may register', async t => {
  const { body } = await register({ redirect_uris: APP, scope: 'openid account roles', first_party: true })
  t.is(body.scope, 'openid')
  t.is((await register({ redirect_uris: ['javascript:alert(1)'] })).body.error, 'invalid_redirect_uri')
})

test.serial('a statement that is forged, expired, or meant for others is refused', async t => {
  const now = Math.floor(clock.now().getTime() / 1000)
  const [header, payload] = (await sign({ redirect_uris: APP })).split('.')
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
  const statements = {
    'another key': await sign({ redirect_uris: APP }, { by: { ...stranger, jwk: key.jwk } }),
    'an unknown key': await sign({ redirect_uris: APP }, { by: stranger }),
    expired: await sign({ redirect_uris: APP, exp: now - 60 }),
    'not yet valid': await sign({ redirect_uris: APP, nbf: now + 600 }),
    'another audience': await sign({ redirect_uris: APP, aud: 'https://other.example.org' }),
    'no signature': none,
    'a changed signature': `${header}.${payload}.${'A'.repeat(86)}`,
    'no JWT': 'statement',
    'no text': 5,
    'too long': 'x'.repeat(20_000),
    'no issuer': await new SignJWT({ redirect_uris: APP }).setProtectedHeader({ alg: 'ES256' }).sign(key.privateKey),
  }
  for (const [what, statement] of Object.entries(statements)) {
    const { status, body } = await program.register({ software_statement: statement })
    t.is(status, 400, what)
    t.is(body.error, 'invalid_software_statement', what)
  }
  const foreign = { software_statement: await sign({ iss: 'https://other.example.org', redirect_uris: APP }) }
  t.is((await program.register(foreign)).body.error, 'unapproved_software_statement')
  const nowhere = { software_statement: await sign({ redirect_uris: APP }) }
  t.is((await new RegisteringProgram(open).register(nowhere)).body.error, 'unapproved_software_statement')
})

test.serial('the keys of an issuer are read rarely, and again for a new key', async t => {
  const statement = async (by: KeyPair) =>
    (await program.register({ software_statement: await sign({ redirect_uris: APP }, { by }) })).status
  clock.advance(3600)
  reads = 0
  for (let count = 0; count < 3; count++) t.is(await statement(key), 201)
  for (let count = 0; count < 3; count++) t.is(await statement(stranger), 400)
  t.is(reads, 1)
  published = [key, stranger]
  clock.advance(31)
  t.is(await statement(stranger), 201)
  t.is(reads, 2)
})
