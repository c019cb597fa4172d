import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { AssertingClient, newKeyPair } from '../../support/assertions.ts'
import { isRefusedAs } from '../../support/codes.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { Listener } from '../../support/listener.ts'
import { type Answer, RegisteringProgram, registrationToken } from '../../support/registering-program.ts'
import { CALLBACK } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse({
  env: { CLIENT_REGISTRATION: 'open', CLIENT_REGISTRATION_LIMIT_IP: '10000/1m' },
})
const { app } = gatehouse
const program = new RegisteringProgram(gatehouse)
const api = { name: 'API', scopes: [{ name: 'notes:read' }, { name: 'notes:write' }] }
await app.scope(async () => {
  await app.resources.register({ ...api, id: 'https://notes.example.org', allowSelfRegistered: true }, { by: operator })
  await app.resources.register(
    { ...api, id: 'https://payroll.example.org', scopes: [{ name: 'payroll:read' }] },
    { by: operator },
  )
})
test.after.always(() => gatehouse.stop())

const scopesOf = ({ body }: Answer) => String(body.scope).split(' ')

test('R-02: a redirect URI that could run code or leave TLS is refused as invalid_redirect_uri', async t => {
  const addresses = [
    ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'data:text/html,x', 'vbscript:x'],
    ...['file:///etc/passwd', 'blob:https://a.example/1', 'http://app.example.org/cb', 'https://app.example.org/cb#f'],
    ...['https://user@app.example.org/cb', 'https://*.example.org/cb', 'com.example.app:/cb', '/cb', ''],
    ...['https://app.example.org\\@evil.test/', 'https://app.example.org/\n'],
  ]
  for (const address of addresses) {
    const { status, body } = await program.register({ redirect_uris: [CALLBACK, address] })
    t.is(status, 400, address)
    t.is(body.error, 'invalid_redirect_uri', address)
  }
  for (const redirect of [undefined, [], 'https://app.example.org/cb', [1], {}])
    t.is((await program.register({ redirect_uris: redirect ?? null })).body.error, 'invalid_redirect_uri')
  const native = await program.register({ application_type: 'native', redirect_uris: ['myapp:/cb'] })
  t.is(native.body.error, 'invalid_redirect_uri')
})

test('D-05: consent, roles and access to Gatehouse cannot be registered', async t => {
  const { status, body } = await program.register({
    first_party: true,
    firstParty: true,
    pkce: 'off',
    people_scopes: ['openid', 'account'],
    resource_scopes: ['payroll:read'],
    access_token_ttl: 86_400,
    client_id: 'chosen',
    id: 'chosen',
    client_secret: 'chosen',
    registered_by: 'operator',
    registrationPolicy: { scopes: ['account'] },
    scope: 'openid email roles account upstream_tokens payroll:read notes:read',
  })
  t.is(status, 201)
  t.is(body.scope, 'openid email notes:read')
  t.not(body.client_secret, 'chosen')
  const client = await app.scope(() => app.clients.find(String(body.client_id)))
  t.like(client, { firstParty: false, pkce: 'nonce', accessTokenTtl: null, registeredBy: 'open' })
  t.not(client.id, 'chosen')
})

test('D-05: only the scopes of APIs that are open to such applications can be registered', async t => {
  const all = scopesOf(await program.register({ grant_types: ['authorization_code', 'refresh_token'] }))
  t.deepEqual(all, ['openid', 'offline_access', 'profile', 'email', 'notes:read', 'notes:write'])
  const refused = await program.register({ scope: 'payroll:read account' })
  t.is(refused.status, 400)
  t.is(refused.body.error, 'invalid_client_metadata')
  t.regex(String(refused.body.error_description), /^scope: /)
})

test('D-05: grant and response types beyond the code flow are left out, or refused if nothing is left', async t => {
  const some = await program.register({
    grant_types: [
      'authorization_code',
      'implicit',
      'client_credentials',
      'password',
      'urn:ietf:params:oauth:grant-type:device_code',
    ],
    response_types: ['code', 'token id_token', 'code id_token'],
  })
  t.like(some.body, { grant_types: ['authorization_code'], response_types: ['code'] })
  t.false(scopesOf(some).includes('offline_access'))
  for (const metadata of [
    { grant_types: ['client_credentials'] },
    { grant_types: ['implicit'], response_types: ['id_token'] },
    { response_types: ['id_token token'] },
    { grant_types: [] },
    { response_types: [] },
  ]) {
    const { status, body } = await program.register(metadata)
    t.is(status, 400, JSON.stringify(metadata))
    t.is(body.error, 'invalid_client_metadata')
  }
})

test('D-05: names that imitate others by invisible characters are refused', async t => {
  for (const name of [
    'Gate\u200bhouse',
    'Bank\u202egnp',
    'A\nB',
    'A\u0000',
    '\ufeffBank',
    'B\u{e0041}',
    'x'.repeat(101),
    '   ',
  ]) {
    const { status, body } = await program.register({ client_name: name })
    t.is(status, 400, JSON.stringify(name))
    t.is(body.error, 'invalid_client_metadata')
  }
  t.is((await program.register({ client_name: 'Тетрадь — заметки 🌱' })).status, 201)
  t.is((await program.register()).body.client_name, 'app.example.org', 'the host, if there is no name')
})

test('D-05: long lists, deep values and large bodies are refused', async t => {
  const many = Array.from({ length: 51 }, (_, index) => `${CALLBACK}/${index}`)
  for (const metadata of [
    { redirect_uris: many },
    { post_logout_redirect_uris: many },
    { grant_types: many },
    { response_types: many },
    { scope: 'x '.repeat(2000) },
    { jwks: { keys: Array.from({ length: 21 }, () => ({ kty: 'RSA' })) } },
    { client_uri: `https://app.example.org/${'x'.repeat(3000)}` },
    { client_name: ['a', 'b'] },
    { token_endpoint_auth_method: 'client_secret_jwt' },
    { id_token_signed_response_alg: 'none' },
    { id_token_signed_response_alg: 'HS256' },
    { logo_uri: 'javascript:alert(1)' },
    { logo_uri: 'data:image/svg+xml,x' },
    { jwks_uri: 'file:///etc/passwd' },
    { backchannel_logout_uri: 'gopher://app.example.org/' },
    { jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
  ])
    t.is((await program.register(metadata)).status, 400, JSON.stringify(metadata).slice(0, 80))
  t.is((await program.register({ note: 'x'.repeat(70_000) })).status, 413)
  t.is((await program.register('{"redirect_uris":')).status, 400)
  t.is((await program.register(`[${'['.repeat(20)}${']'.repeat(20)}]`)).status, 400)
  for (const body of ['null', '[]', '"text"', '5']) t.is((await program.register(body)).status, 400, body)
  t.is((await program.send('POST', '/reg')).status, 400)
  const form = await program.send('POST', '/reg', { body: 'a=b', headers: { 'content-type': 'text/plain' } })
  t.is(form.status, 415)
})

test('protection that Gatehouse does not provide is refused, and unknown members are ignored', async t => {
  for (const [name, value] of Object.entries({
    subject_type: 'pairwise',
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
    id_token_encrypted_response_alg: 'RSA-OAEP',
    userinfo_signed_response_alg: 'RS256',
    default_max_age: 60,
  })) {
    const { status, body } = await program.register({ [name]: value })
    t.is(status, 400, name)
    t.regex(String(body.error_description), new RegExp(`^${name}: `))
  }
  const { status, body } = await program.register({
    ...{ subject_type: 'public', dpop_bound_access_tokens: false, contacts: ['a@example.org'], made_up: { a: 1 } },
    ...{ 'client_name#de': 'Garten', software_id: 'x', policy_uri: null, tos_uri: '' },
  })
  t.is(status, 201)
  for (const name of ['contacts', 'made_up', 'client_name#de', 'policy_uri', 'tos_uri']) t.false(name in body, name)
})

test('D-01: addresses of a registration lead to no connection inside the network', async t => {
  const listener = (await Listener.open(t))!
  const hosts = ['127.0.0.1', 'localhost', '[::1]', '2130706433', '0x7f000001', '169.254.169.254', '10.0.0.1']
  for (const host of hosts) {
    const at = `https://${host}:${listener.port}`
    const { status, body } = await program.register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: `${at}/jwks`,
      logo_uri: `${at}/logo.png`,
      client_uri: `${at}/`,
      sector_identifier_uri: `${at}/sector`,
      request_uris: [`${at}/request`],
      backchannel_logout_uri: `${at}/logout`,
    })
    t.is(status, 201, host)
    const client = new AssertingClient(gatehouse.url, String(body.client_id), await newKeyPair())
    isRefusedAs(t, await client.ask(await client.assertion()), 'invalid_client', host)
  }
  t.is(listener.connections, 0)
})

test('a registration token bounds scopes, grants and redirect hosts', async t => {
  const token = await registrationToken(gatehouse, {
    name: 'bounded',
    uses: 20,
    scopes: ['openid', 'payroll:read'],
    redirectHosts: ['app.example.org'],
  })
  const made = await program.register({ scope: 'openid email payroll:read' }, token)
  t.is(made.body.scope, 'openid payroll:read')
  for (const metadata of [
    { redirect_uris: ['https://evil.example.org/cb'] },
    { redirect_uris: [CALLBACK, 'https://app.example.org.evil.test/cb'] },
    { redirect_uris: ['http://localhost:5000/cb'] },
    { redirect_uris: ['com.example.app:/cb'], application_type: 'native' },
  ])
    t.is((await program.register(metadata, token)).body.error, 'invalid_redirect_uri', JSON.stringify(metadata))
  for (const metadata of [
    { post_logout_redirect_uris: ['https://evil.example.org/'] },
    { backchannel_logout_uri: 'https://evil.example.org/logout' },
  ])
    t.is((await program.register(metadata, token)).body.error, 'invalid_client_metadata', JSON.stringify(metadata))
  const native = {
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/cb'],
    token_endpoint_auth_method: 'none',
  }
  t.is((await program.register(native, token)).status, 201, 'an application on the same device')
})

test('with a token for client_credentials, a program registers a machine with its scopes alone', async t => {
  const token = await registrationToken(gatehouse, {
    name: 'machines',
    scopes: ['payroll:read'],
    grantTypes: ['client_credentials'],
    uses: 2,
  })
  const machine = { redirect_uris: [], grant_types: ['client_credentials'] }
  const { body } = await program.register(machine, token)
  t.like(body, { grant_types: ['client_credentials'], response_types: [], scope: 'payroll:read' })
  const answer = await fetch(`${gatehouse.url}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${body.client_id}:${body.client_secret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  t.is(answer.status, 200)
  t.is((await program.register({ ...machine, token_endpoint_auth_method: 'none' }, token)).status, 400)
})
