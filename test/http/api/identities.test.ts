import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { AccountApplication, type AccountClient } from '../../support/account-api.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson, type Person } from '../../support/people.ts'
import { queuedEmails } from '../../support/queued-emails.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const TOKENS = 'openid account upstream_tokens'
const ACCESS = 'the-access-token-of-the-provider'
const REFRESH = 'the-refresh-token-of-the-provider'

const gatehouse = await startGatehouse({ env: { API_LIMIT_IP: '100000/1m' } })
const { app } = gatehouse
const definition = { kind: 'oidc', issuer: 'https://op.example.org', clientId: 'x', secret: 'y' } as const
const policy = { keepTokens: true }
await app.scope(async () => {
  await app.identityProviders.register({ ...definition, name: 'keeping', title: 'Keeping', policy }, { by: operator })
  await app.identityProviders.register({ ...definition, name: 'plain', title: 'Plain' }, { by: operator })
})
const application = await AccountApplication.register(gatehouse)
const trusted = await AccountApplication.register(gatehouse, { scopes: TOKENS.split(' ') })
test.after.always(() => gatehouse.stop())

/** Connects a person, as after a sign-in at the provider. */
function connect({ id }: Person, name = 'keeping', expiresAt: number | null = null): Promise<string> {
  return app.scope(async () => {
    const [account, provider] = [await app.accounts.find(id), await app.identityProviders.find(name)]
    const tokens = { accessToken: ACCESS, refreshToken: REFRESH, expiresAt, scope: 'openid calendar' }
    const claims = { sub: crypto.randomUUID(), email: 'ada@there.example', email_verified: true }
    return (
      await app.linking.connect(account, provider, { claims, idToken: null, sid: null, tokens }, { by: operator })
    ).id
  })
}

/** Lets the trusted application read the tokens, by consent. */
async function accessTokenOf(person: Person): Promise<string> {
  const { tokens } = await trusted.rp.signIn(person, { scope: TOKENS, prompt: 'consent' })
  return tokens.access_token
}

test('an application lists the person’s connections, without tokens', async t => {
  const client = await application.signIn()
  t.deepEqual((await client.get('/me/identities')).body, { identities: [] })
  const id = await connect(client.person)
  const { status, body } = await client.get('/me/identities')
  t.is(status, 200)
  const { identities } = responses.Identities.parse(body)
  t.like(identities[0], { id, provider: 'keeping', title: 'Keeping', email: 'ada@there.example', last_used_at: null })
  t.false(JSON.stringify(body).includes('token'))
})

test('an application removes a connection and the person is emailed; the last sign-in method cannot be removed', async t => {
  const client = await application.signIn()
  const [first, second] = [await connect(client.person), await connect(client.person, 'plain')]
  t.is((await client.send('DELETE', `/me/identities/${first}`)).status, 204)
  t.is((await queuedEmails(gatehouse, client.person.email, 'factor-changed')).at(-1)?.data.change, 'identity-unlinked')
  t.is((await client.send('DELETE', `/me/identities/${first}`)).status, 404)

  t.is((await client.send('DELETE', '/me/password')).status, 204, 'the other connection is a sign-in method')
  const last = await client.send('DELETE', `/me/identities/${second}`)
  t.is(last.status, 403)
  t.is(last.body.code, 'last_sign_in_method')
  t.is((await client.get('/me/identities')).body.identities.length, 1)
})

test('A-02: connections of other people are not found', async t => {
  const [ada, eve] = [await application.signIn(), await makePerson(gatehouse)]
  const id = await connect(eve)
  t.is((await ada.send('DELETE', `/me/identities/${id}`)).status, 404)
  const token = await accessTokenOf(ada.person)
  t.is((await trusted.send('GET', `/me/identities/${id}/tokens`, { token })).status, 404)
})

test('an application with the scope gets the tokens and their expiry, even if they have expired', async t => {
  const ada = await makePerson(gatehouse)
  const id = await connect(ada, 'keeping', 1_700_000_000)
  const { status, body, headers } = await trusted.send('GET', `/me/identities/${id}/tokens`, {
    token: await accessTokenOf(ada),
  })
  t.is(status, 200)
  t.is(headers.get('cache-control'), 'no-store')
  t.deepEqual(responses.IdentityTokens.parse(body), {
    access_token: ACCESS,
    refresh_token: REFRESH,
    expires_at: '2023-11-14T22:13:20.000Z',
    scope: 'openid calendar',
  })
})

test('A-01: without the scope the tokens are refused, and the challenge names it', async t => {
  const client = await application.signIn()
  const id = await connect(client.person)
  const { status, headers, body } = await client.get(`/me/identities/${id}/tokens`)
  t.is(status, 403)
  t.regex(headers.get('www-authenticate') ?? '', /error="insufficient_scope".*, scope="account upstream_tokens"$/)
  t.false(JSON.stringify(body).includes(ACCESS))

  const half = await RelyingParty.register(gatehouse, { scopes: ['openid', 'upstream_tokens'] })
  const { tokens } = await half.signIn(client.person, { scope: 'openid upstream_tokens', prompt: 'consent' })
  const without = await trusted.send('GET', `/me/identities/${id}/tokens`, { token: tokens.access_token })
  t.is(without.status, 403)
})

test('A-01: only a client that is registered with the scope can request it, and the person must consent', async t => {
  const { tokens } = await application.rp.signIn(await makePerson(gatehouse), { scope: TOKENS })
  t.is(tokens.scope, TOKENS.replace(' upstream_tokens', ''))
  const usual = await RelyingParty.register(gatehouse)
  t.false(
    (await app.scope(() => app.clients.find(usual.id))).scopes.includes('upstream_tokens'),
    'no client has it by default',
  )

  const ada = await makePerson(gatehouse)
  const asked = await new Browser(gatehouse.url).open((await trusted.rp.begin({ scope: TOKENS })).url.href)
  await asked.submit({ email: ada.email, password: ada.password })
  t.regex(asked.text, /It may manage for you Your account: .* Your keys at other providers/)
})

test('A-01: an application whose registration loses the scope can no longer read the tokens', async t => {
  const losing = await AccountApplication.register(gatehouse, { scopes: TOKENS.split(' ') })
  const ada = await makePerson(gatehouse)
  const id = await connect(ada)
  const { tokens } = await losing.rp.signIn(ada, { scope: TOKENS, prompt: 'consent' })
  const ask = () => losing.send('GET', `/me/identities/${id}/tokens`, { token: tokens.access_token })
  t.is((await ask()).status, 200)
  await app.scope(() => app.clients.update(losing.rp.id, { scopes: ['openid', 'account'] }, { by: operator }))
  t.is((await ask()).status, 403)
})

test('tokens that are not stored are not found, and no export and no page shows any', async t => {
  const ada = await makePerson(gatehouse)
  const [kept, plain] = [await connect(ada), await connect(ada, 'plain')]
  const token = await accessTokenOf(ada)
  t.is((await trusted.send('GET', `/me/identities/${plain}/tokens`, { token })).status, 404)
  t.is((await trusted.send('GET', `/me/identities/${kept}/tokens`, { token })).status, 200)
  const client: AccountClient = await application.signIn(ada)
  const shown = JSON.stringify([(await client.get('/me/export')).body, (await client.get('/me/history')).body])
  await client.browser.open(`${gatehouse.url}/account/security`)
  t.regex(client.browser.text, /Keeping ada@there\.example/)
  for (const secret of [ACCESS, REFRESH]) t.false((shown + client.browser.page.html).includes(secret))
  const rows = await app.em
    .fork()
    .execute<{ sealed_tokens: string | null }[]>('select sealed_tokens from identity_link')
  t.false(JSON.stringify(rows).includes('provider'))
})
