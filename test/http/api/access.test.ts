import test, { type ExecutionContext } from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { AccountApplication, type AccountClient, type Answer, OPERATIONS, SCOPE } from '../../support/account-api.ts'
import { addApp } from '../../support/authenticator-app.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import { TimeTravel } from '../../support/time-travel.ts'

const MINUTE = 60

// These tests send more refused requests than the limit allows; limits.test.ts tests the limit.
const gatehouse = await startGatehouse({ env: { API_LIMIT_IP: '100000/1m', TRUST_PROXY: 'loopback' } })
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())
const { app } = gatehouse

/** Checks that every route refuses the request with this status and error. */
async function refusedByEveryRoute(
  t: ExecutionContext,
  sent: { token?: string; headers?: Record<string, string>; at?: AccountApplication },
  { status, error, only = () => true }: { status: number; error: string | null; only?: (recent: boolean) => boolean },
): Promise<void> {
  for (const { method, path, body, recent } of OPERATIONS) {
    if (!only(recent === true)) continue
    const { token, headers = {}, at = application } = sent
    const answer = await at.send(method, path, { ...(token && { token }), headers, body })
    challenged(t, answer, status, error, `${method} ${path}`)
  }
}

function challenged(t: ExecutionContext, answer: Answer, status: number, error: string | null, about: string): void {
  const challenge = answer.headers.get('www-authenticate') ?? ''
  t.is(answer.status, status, `${about}: ${JSON.stringify(answer.body)}`)
  t.true(challenge.startsWith(`Bearer realm="${gatehouse.url}"`), `${about}: ${challenge}`)
  t.is(/ error="([^"]*)"/.exec(challenge)?.[1] ?? null, error, about)
  t.is(answer.headers.get('content-type'), 'application/problem+json', about)
  t.is(answer.headers.get('cache-control'), 'no-store', about)
  t.is(answer.body.status, status, about)
}

async function refused(t: ExecutionContext, client: AccountClient, error = 'invalid_token', status = 401) {
  challenged(t, await client.get('/me'), status, error, '/me')
}

test('A-01: every route refuses a request without a token, and the challenge names only the scope', async t => {
  await refusedByEveryRoute(t, {}, { status: 401, error: null })
  const { headers } = await application.send('GET', '/me')
  t.is(headers.get('www-authenticate'), `Bearer realm="${gatehouse.url}", scope="account"`)
})

test('A-01: every route refuses an invalid token or Authorization header', async t => {
  await refusedByEveryRoute(t, { token: 'garbage' }, { status: 401, error: 'invalid_token' })
  for (const authorization of ['Bearer', 'Bearer ', 'Bearer a b', 'Basic YTpi', '\u0080'])
    await refusedByEveryRoute(t, { headers: { authorization } }, { status: 400, error: 'invalid_request' })
})

test('A-01: every route refuses ID tokens, refresh tokens, and tokens of machines or for other APIs', async t => {
  const { tokens, person } = await application.signIn()
  const audience = 'https://notes.example.org'
  await app.scope(() =>
    app.resources.register({ id: audience, name: 'Notes', scopes: [{ name: 'notes:read' }] }, { by: operator }),
  )
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['account', 'notes:read'] })
  const forMachine = await machine.post('/token', { grant_type: 'client_credentials', resource: audience })
  const inOwnName = await machine.post('/token', { grant_type: 'client_credentials', scope: 'account' })
  const both = await RelyingParty.register(gatehouse, { scopes: [...SCOPE.split(' '), 'notes:read'] })
  const asked = { scope: `${SCOPE} notes:read`, resource: audience, prompt: 'consent' }
  const forNotes = await both.signIn(person, asked)
  t.is(forNotes.tokens.access_token.split('.').length, 3)

  for (const token of [
    tokens.id_token!,
    tokens.refresh_token!,
    forNotes.tokens.access_token,
    String(forMachine.body.access_token),
    String(inOwnName.body.access_token ?? 'none-was-given'),
  ])
    await refusedByEveryRoute(t, { token }, { status: 401, error: 'invalid_token' })
})

test('A-01: every route refuses a token without the account scope', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signIn(await makePerson(gatehouse))
  await refusedByEveryRoute(t, { token: tokens.access_token }, { status: 403, error: 'insufficient_scope' })
  const { headers } = await application.send('GET', '/me', { token: tokens.access_token })
  t.regex(headers.get('www-authenticate')!, /, scope="account"$/)
})

test('A-01: a client that is not registered with the account scope does not get it, and is told so', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signIn(await makePerson(gatehouse), { scope: 'openid account' })
  t.is(tokens.scope, 'openid')
  await refusedByEveryRoute(t, { token: tokens.access_token }, { status: 403, error: 'insufficient_scope' })
})

test('the consent page says in the person’s language that the application may manage the account', async t => {
  for (const [language, words] of [
    ['en', /It may manage for you.*Your account: read and change your profile/],
    ['ru', /Приложение сможет управлять.*Вашей учётной записью/],
  ] as const) {
    const ada = await makePerson(gatehouse)
    const browser = new Browser(gatehouse.url, { 'accept-language': language })
    await browser.open((await application.rp.begin({ scope: SCOPE, prompt: 'consent' })).url.href)
    await browser.submit({ email: ada.email, password: ada.password })
    t.regex(browser.text, words)
  }
})

test('A-01: a revoked token is refused', async t => {
  const { rp } = application
  const { tokens } = await application.signIn()
  await rp.post('/token/revocation', { token: tokens.access_token })
  await refusedByEveryRoute(t, { token: tokens.access_token }, { status: 401, error: 'invalid_token' })
})

test('A-01: a token is refused after its grant, account or client loses access', async t => {
  const revoked = await application.signIn()
  await app.scope(() => app.consents.revoke(revoked.person.id, application.rp.id, { by: operator }))
  await refused(t, revoked)

  const suspended = await application.signIn()
  await app.scope(() => app.suspension.suspend(suspended.person.id, { by: operator }))
  await refused(t, suspended)
  await app.scope(() => app.suspension.reinstate(suspended.person.id, { by: operator }))
  await refused(t, suspended)

  const other = await AccountApplication.register(gatehouse)
  const withoutScope = await other.signIn()
  t.is((await withoutScope.get('/me')).status, 200)
  await app.scope(() => app.clients.update(other.rp.id, { scopes: ['openid', 'email'] }, { by: operator }))
  await refused(t, withoutScope, 'insufficient_scope', 403)
  await app.scope(() => app.clients.remove(other.rp.id, { by: operator }))
  await refused(t, withoutScope)
})

test('A-01: a token is read only from the Authorization header, and cookies give no access', async t => {
  const { tokens, browser } = await application.signIn()
  const inQuery = await application.send('GET', `/me?access_token=${tokens.access_token}`)
  t.is(inQuery.status, 401)
  const inBody = await application.send('PATCH', '/me', { body: { access_token: tokens.access_token, profile: {} } })
  t.is(inBody.status, 401)
  t.is((await browser.fetch(`${gatehouse.url}/api/v1/me`)).status, 401)
})

test.serial('A-01: an expired token is refused', async t => {
  const { tokens } = await application.signIn()
  const time = new TimeTravel(t)
  time.pass(10 * MINUTE + 20)
  // From another address: what is counted here, in the future, would also count for later tests.
  const headers = { 'x-forwarded-for': '203.0.113.7' }
  await refusedByEveryRoute(t, { token: tokens.access_token, headers }, { status: 401, error: 'invalid_token' })
})

test.serial('sensitive changes require a sign-in within ten minutes, and a refreshed token does not count', async t => {
  const longLived = await AccountApplication.register(gatehouse, { accessTokenTtl: 120 * MINUTE })
  const client = await longLived.signIn()
  const time = new TimeTravel(t)
  time.pass(11 * MINUTE)

  const stale = { status: 401, error: 'insufficient_user_authentication', only: (recent: boolean) => recent }
  await refusedByEveryRoute(t, { token: client.tokens.access_token }, stale)
  const { headers } = await client.get('/me/export')
  t.regex(headers.get('www-authenticate')!, /, max_age="600"$/)
  t.is((await client.get('/me')).status, 200)

  const refreshed = await longLived.rp.refresh(client.tokens.refresh_token!)
  await refusedByEveryRoute(t, { token: refreshed.access_token }, stale)

  const again = await longLived.rp.signIn(client.person, { scope: SCOPE, max_age: '600' }, client.browser)
  t.is((await longLived.send('GET', '/me/export', { token: again.tokens.access_token })).status, 200)
})

test.serial(
  'a person with a second factor must have used it, and a sign-in as the challenge says gives access',
  async t => {
    const client = await application.signIn()
    t.is((await client.get('/me/export')).status, 200)
    const { authenticator } = await addApp(gatehouse, client.person.id)
    const time = new TimeTravel(t)
    time.pass(MINUTE)
    const asked = { status: 401, error: 'insufficient_user_authentication', only: (recent: boolean) => recent }
    await refusedByEveryRoute(t, { token: client.tokens.access_token }, asked)
    const { headers } = await client.get('/me/export')
    const challenge = headers.get('www-authenticate')!
    t.regex(challenge, /, max_age="600", acr_values="urn:gatehouse:acr:2fa"$/)

    const [, max_age, acr_values] = /max_age="(\d+)", acr_values="(.+)"$/.exec(challenge)!
    const { rp } = application
    const begun = await rp.begin({ scope: SCOPE, max_age: max_age!, acr_values: acr_values! })
    await client.browser.open(begun.url.href)
    t.is(client.browser.heading, 'One more step')
    await client.browser.submit({ code: authenticator.code() })
    const { access_token: token } = await rp.redeem(begun, client.browser)
    t.is((await application.send('GET', '/me/export', { token })).status, 200)
    t.is((await client.get('/me/export')).status, 401, 'the old token does not gain the second factor')
  },
)
