import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { RegisteringProgram, registeredParty, registrationToken } from '../../support/registering-program.ts'
import { CALLBACK } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: { CLIENT_REGISTRATION: 'open', CLIENT_REGISTRATION_LIMIT_IP: '10000/1m' },
})
const { app } = gatehouse
const program = new RegisteringProgram(gatehouse)
test.after.always(() => gatehouse.stop())

/** Registers a client; `manage` sends a request with its registration access token. */
async function registered(metadata: object = {}, initial?: string) {
  const { body } = await program.register(metadata, initial)
  const [uri, token] = [String(body.registration_client_uri), String(body.registration_access_token)]
  const manage = (method: string, change?: object) => program.send(method, uri, { token, body: change })
  const sent = (change: object) => ({ client_id: body.client_id, redirect_uris: [CALLBACK], ...change })
  return { id: String(body.client_id), secret: String(body.client_secret), uri, token, manage, sent }
}

test('an application reads, replaces and removes its registration', async t => {
  const { id, secret, token, uri, manage, sent } = await registered({ client_name: 'Before', scope: 'openid email' })
  const read = await manage('GET')
  t.is(read.status, 200)
  t.like(read.body, {
    client_id: id,
    client_name: 'Before',
    registration_access_token: token,
    registration_client_uri: uri,
  })

  const replaced = await manage(
    'PUT',
    sent({ client_name: 'After', client_secret: secret, tos_uri: 'https://a.example/' }),
  )
  t.is(replaced.status, 200)
  t.like(replaced.body, { client_name: 'After', tos_uri: 'https://a.example/', registration_access_token: token })
  t.is(replaced.body.client_secret, undefined, 'it stays the same, and is not known')
  t.is((await manage('PUT', sent({ client_name: 'After' }))).body.tos_uri, undefined)

  t.is((await manage('DELETE')).status, 204)
  t.is((await manage('GET')).status, 401)
  const events = await app.scope(() => app.audit.of(null, { kinds: ['client.'] }))
  t.deepEqual(
    events
      .filter(({ target }) => target === id)
      .map(({ kind, actorKind, actorId }) => [kind, actorKind, actorId ?? null]),
    [
      ['client.removed', 'client', id],
      ['client.updated', 'client', id],
      ['client.updated', 'client', id],
      ['client.registered', 'visitor', null],
    ],
  )
})

test('A-02: an access token manages its own registration alone', async t => {
  const [mine, other] = await Promise.all([registered(), registered()])
  const byOperator = await app.scope(() =>
    app.clients.register({ name: 'Ours', profile: 'web', redirectUris: [CALLBACK] }, { by: operator }),
  )
  const targets = [other.uri, `${gatehouse.url}/reg/${byOperator.client.id}`, `${gatehouse.url}/reg/gatehouse-account`]
  for (const target of [...targets, `${gatehouse.url}/reg/unknown`, `${gatehouse.url}/reg/%00`])
    for (const [method, token] of [
      ['GET', mine.token],
      ['PUT', mine.token],
      ['DELETE', mine.token],
      ['GET', undefined],
      ['GET', mine.secret],
      ['DELETE', byOperator.secret!],
    ] as const) {
      const { status, headers } = await program.send(method, target, {
        token,
        ...(method === 'PUT' && { body: other.sent({}) }),
      })
      t.is(status, 401, `${method} ${target}`)
      t.regex(String(headers.get('www-authenticate')), /^Bearer/)
    }
  t.is((await other.manage('GET')).status, 200)
})

test('a registration token, an access token of a person and a registration access token do not replace each other', async t => {
  const token = await registrationToken(gatehouse, { name: 'new-ones', uses: 5 })
  const { uri, token: access } = await registered({}, token)
  t.is((await program.send('GET', uri, { token })).status, 401)
  t.is((await program.register({}, access)).status, 401)
})

test('D-05: an update does not widen what the registration was bound to', async t => {
  const initial = await registrationToken(gatehouse, {
    name: 'narrow',
    scopes: ['openid', 'email', 'offline_access'],
    redirectHosts: ['app.example.org'],
  })
  const { id, manage, sent } = await registered({ scope: 'openid' }, initial)
  await app.scope(() => app.registrationTokens.revoke('narrow', { by: operator }))

  t.is((await manage('PUT', sent({ scope: 'openid email profile account' }))).body.scope, 'openid email')
  t.is((await manage('PUT', sent({ redirect_uris: ['https://evil.test/cb'] }))).body.error, 'invalid_redirect_uri')
  t.is((await manage('PUT', sent({ grant_types: ['client_credentials'] }))).status, 400)
  const wide = { grant_types: ['authorization_code', 'implicit'], response_types: ['code', 'id_token token'] }
  t.deepEqual((await manage('PUT', sent(wide))).body.response_types, ['code'])
  await manage(
    'PUT',
    sent({ first_party: true, pkce: 'off', roles_claim: 'groups', claims: [{ claim: 'x', value: 'y' }] }),
  )
  const client = await app.scope(() => app.clients.find(id))
  t.like(client, { firstParty: false, pkce: 'nonce', rolesClaim: 'roles', claims: [], redirectUris: [CALLBACK] })
})

test('an update keeps what an operator has decided', async t => {
  const { id, manage, sent } = await registered({ scope: 'openid email' })
  const claims = [{ claim: 'tenant', value: 'acme' }]
  const decided = { secondFactorRequired: true, accessTokenTtl: 60, pkce: 'required', claims } as const
  await app.scope(() => app.clients.update(id, { ...decided, scopes: ['openid'] }, { by: operator }))
  t.is((await manage('PUT', sent({ scope: 'openid email profile' }))).body.scope, 'openid')
  const client = await app.scope(() => app.clients.find(id))
  t.like(client, decided)
})

test('an operator adopts an application, which then cannot change itself', async t => {
  const { id, manage, sent } = await registered()
  const firstParty = () => app.scope(() => app.clients.update(id, { firstParty: true }, { by: operator }))
  await t.throwsAsync(firstParty, { message: /adopt it first/ })
  await app.scope(() => app.clients.adopt(id, { by: operator }))
  t.is((await manage('PUT', sent({}))).status, 401)
  t.is((await manage('GET')).status, 401)
  t.true((await firstParty()).firstParty)
})

test('D-05: an update whose body arrives after an operator has adopted the application is refused', async t => {
  const { id, token, uri, manage, sent } = await registered({ client_name: 'Before' })
  const body = JSON.stringify(sent({ client_name: 'After', redirect_uris: ['https://evil.test/cb'] }))
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', expect: '100-continue' }
  const slow = request(uri, { method: 'PUT', headers: { ...headers, 'content-length': body.length } })
  slow.flushHeaders()
  await once(slow, 'continue')
  slow.write(body.slice(0, 5))
  t.is((await manage('GET')).status, 200, 'the application still manages itself, and the server waits for the body')
  await app.scope(() => app.clients.adopt(id, { by: operator }))
  await app.scope(() => app.clients.update(id, { firstParty: true }, { by: operator }))
  slow.end(body.slice(5))
  const [answer] = (await once(slow, 'response')) as [IncomingMessage]
  answer.resume()
  t.is(answer.statusCode, 401)
  const client = await app.scope(() => app.clients.find(id))
  t.like(client, { name: 'Before', redirectUris: [CALLBACK], firstParty: true, registeredBy: 'operator' })
})

test('an update that changes nothing is not recorded', async t => {
  const { id, manage, sent } = await registered({ client_name: 'Same', scope: 'openid email' })
  const same = sent({ client_name: 'Same', scope: 'openid email' })
  for (let count = 0; count < 2; count++) t.is((await manage('PUT', same)).status, 200)
  const events = await app.scope(() => app.audit.of(null, { kinds: ['client.updated'] }))
  t.false(events.some(({ target }) => target === id))
})

test('an update must name the client, and send back nothing of the answer', async t => {
  const { manage, sent, secret } = await registered()
  for (const change of [
    { client_id: 'other' },
    { client_id: undefined },
    { client_secret: 'wrong' },
    { client_secret: 5 },
    { registration_access_token: 'x' },
    { registration_client_uri: 'https://evil.test/' },
    { client_id_issued_at: 1 },
    { client_secret_expires_at: 0 },
  ]) {
    const { status, body } = await manage('PUT', sent({ client_secret: secret, ...change }))
    t.is(status, 400, JSON.stringify(change))
    t.is(body.error, 'invalid_client_metadata')
  }
  t.is((await manage('PUT', [] as object)).status, 400)
})

test('a public application that becomes confidential gets a secret once, and loses it when it becomes public', async t => {
  const { manage, sent } = await registered({ token_endpoint_auth_method: 'none' })
  const { body } = await manage('PUT', sent({ token_endpoint_auth_method: 'client_secret_post' }))
  t.is(typeof body.client_secret, 'string')
  t.is(body.client_secret_expires_at, 0)
  const back = await manage('PUT', sent({ token_endpoint_auth_method: 'none' }))
  t.is(back.body.client_secret, undefined)
  const third = await manage('PUT', sent({ token_endpoint_auth_method: 'client_secret_post' }))
  t.not(third.body.client_secret, body.client_secret)
})

test('an application may send any secret that it can use, and keeps all of them, until it becomes public', async t => {
  const { id, secret: old, manage, sent } = await registered()
  const secrets = () => app.scope(() => app.clients.secrets(id))
  const keepOldUntil = new Date(Date.now() + 3_600_000)
  const { secret } = await app.scope(() => app.clients.rotateSecret(id, { by: operator, keepOldUntil }))
  for (const client_secret of [old, secret]) {
    const { status, body } = await manage('PUT', sent({ client_secret, client_name: client_secret.slice(0, 5) }))
    t.is(status, 200)
    t.is(body.client_secret, undefined)
  }
  const [first, ...others] = await secrets()
  t.is(others.length, 1)
  await app.scope(() => app.clients.removeSecret(id, first!.id, { by: operator }))
  t.is((await manage('PUT', sent({ client_secret: old }))).status, 400)
  t.is((await manage('PUT', sent({ token_endpoint_auth_method: 'none' }))).status, 200)
  t.deepEqual(await secrets(), [])
})

test('A-04: the tokens of an application that removes itself stop working', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await registeredParty(gatehouse, { grant_types: ['authorization_code', 'refresh_token'] })
  const { tokens } = await rp.signIn(ada, { scope: 'openid offline_access' })
  const { registration_access_token: token } = rp.configuration.clientMetadata()
  t.is((await program.send('DELETE', `/reg/${rp.id}`, { token: String(token) })).status, 204)
  await t.throwsAsync(rp.refresh(String(tokens.refresh_token)))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
})
