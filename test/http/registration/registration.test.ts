import test from 'ava'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { RegisteringProgram, registeredParty, registrationToken } from '../../support/registering-program.ts'
import { CALLBACK } from '../../support/relying-party.ts'

const [closed, withToken, open] = await Promise.all([
  startGatehouse(),
  startGatehouse({ env: { CLIENT_REGISTRATION: 'token' } }),
  startGatehouse({ env: { CLIENT_REGISTRATION: 'open', CLIENT_REGISTRATION_LIMIT_IP: '1000/1m' } }),
])
test.after.always(() => Promise.all([closed, withToken, open].map(each => each.stop())))

const discovery = async (url: string) =>
  (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>

test('D-03: registration is off by default, and discovery does not offer it', async t => {
  const program = new RegisteringProgram(closed)
  t.is((await program.register()).status, 404)
  for (const method of ['GET', 'PUT', 'DELETE'])
    t.is(
      (await program.send(method, '/reg/client_1', { token: 'x', ...(method === 'PUT' && { body: {} }) })).status,
      404,
    )
  t.false('registration_endpoint' in (await discovery(closed.url)))
  t.deepEqual(await closed.app.scope(() => closed.app.clients.list()), [])
})

test('D-03: without a registration token, or with a wrong one, nothing is registered', async t => {
  const program = new RegisteringProgram(withToken)
  t.is((await discovery(withToken.url)).registration_endpoint, `${withToken.url}/reg`)

  const without = await program.register({ client_name: 'Uninvited' })
  t.is(without.status, 401)
  t.is(without.headers.get('www-authenticate'), 'Bearer')
  const wrong = await program.register({ client_name: 'Uninvited' }, 'wrong')
  t.is(wrong.status, 401)
  t.regex(String(wrong.headers.get('www-authenticate')), /^Bearer error="invalid_token"/)
  t.is(wrong.body.error, 'invalid_token')

  const clients = await withToken.app.scope(() => withToken.app.clients.list())
  t.false(clients.some(({ name }) => name === 'Uninvited'))
})

test('an application registers itself with openid-client, and signs a person in', async t => {
  const ada = await makePerson(open)
  const rp = await registeredParty(open, {
    client_name: 'Garden',
    grant_types: ['authorization_code', 'refresh_token'],
    scope: 'openid email offline_access',
  })
  t.truthy(rp.secret)
  const { tokens, browser } = await rp.signIn(ada, { scope: 'openid email roles offline_access' })
  t.is(tokens.claims()?.email, ada.email)
  t.is(tokens.scope, 'openid email offline_access', 'roles are for applications that operators registered')
  t.truthy((await rp.refresh(String(tokens.refresh_token))).access_token)
  t.true(browser.page.url.startsWith(CALLBACK))
})

test('a public application registers itself with a token, and is bound to PKCE', async t => {
  const ada = await makePerson(withToken)
  const token = await registrationToken(withToken, { name: 'public' })
  const rp = await registeredParty(withToken, { token_endpoint_auth_method: 'none' }, token)
  t.is(rp.secret, null)
  t.is((await rp.signIn(ada, { scope: 'openid' })).tokens.claims()?.sub, ada.id)
  const registered = await withToken.app.scope(() => withToken.app.clients.find(rp.id))
  t.like(registered, { pkce: 'required', profile: 'spa', firstParty: false, registeredBy: 'token' })
  t.is(registered.registeredWith, 'public')
})

test('A-07: the answer has the secret and the access token once, and the database only digests', async t => {
  const answer = await new RegisteringProgram(open).register({ client_name: 'Once' })
  t.is(answer.status, 201)
  t.is(answer.headers.get('cache-control'), 'no-store')
  const { client_id: id, client_secret: secret, registration_access_token: access } = answer.body
  t.is(answer.body.client_secret_expires_at, 0)
  t.is(answer.body.registration_client_uri, `${open.url}/reg/${id}`)
  t.like(answer.body, {
    client_name: 'Once',
    redirect_uris: [CALLBACK],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    application_type: 'web',
    id_token_signed_response_alg: 'RS256',
    scope: 'openid profile email',
  })
  const [row] = await open.app.em.fork().execute('select * from client where id = ?', [id])
  for (const credential of [secret, access]) t.false(JSON.stringify(row).includes(String(credential)))
  const again = await new RegisteringProgram(open).send('GET', `/reg/${id}`, { token: String(access) })
  t.is(again.body.client_secret, undefined)
})

test('A-08: registrations are recorded with the way they were made, and the use of a token', async t => {
  const { app } = withToken
  const token = await registrationToken(withToken, { name: 'recorded' })
  const { body } = await new RegisteringProgram(withToken).register({}, token)
  const events = await app.scope(() => app.audit.of(null, { group: 'administration' }))
  const seen = events.filter(({ target }) => target === 'recorded' || target === body.client_id)
  t.deepEqual(
    seen.map(({ kind, reason, actorKind }) => [kind, reason ?? null, actorKind]),
    [
      ['client.registered', 'token', 'visitor'],
      ['registration-token.used', null, 'visitor'],
      ['registration-token.added', null, 'operator'],
    ],
  )
  t.truthy(seen[0]?.ip)
  t.false(JSON.stringify(events).includes(token))
})

test('of two registrations with a token for one use, one succeeds', async t => {
  const token = await registrationToken(withToken, { name: 'single' })
  const program = new RegisteringProgram(withToken)
  const answers = await Promise.all(Array.from({ length: 4 }, () => program.register({}, token)))
  t.deepEqual(answers.map(({ status }) => status).sort(), [201, 401, 401, 401])
  t.is((await withToken.app.scope(() => withToken.app.clients.list({ token: 'single' }))).length, 1)
})

test('a registration that is refused uses up nothing', async t => {
  const token = await registrationToken(withToken, { name: 'patient' })
  const program = new RegisteringProgram(withToken)
  t.is((await program.register({ redirect_uris: ['javascript:alert(1)'] }, token)).status, 400)
  t.is((await program.register({}, token)).status, 201)
})

test('registrations without a token are limited by IP address', async t => {
  const limited = await startGatehouse({ env: { CLIENT_REGISTRATION: 'open', CLIENT_REGISTRATION_LIMIT_IP: '2/1h' } })
  t.teardown(() => limited.stop())
  const program = new RegisteringProgram(limited)
  const token = await registrationToken(limited, { name: 'many', uses: 5 })
  for (let count = 0; count < 4; count++)
    t.is((await program.register({}, token)).status, 201, 'a token is not limited')
  t.deepEqual([(await program.register()).status, (await program.register()).status], [201, 201])
  const refused = await program.register()
  t.is(refused.status, 429)
  t.true(Number(refused.headers.get('retry-after')) > 0)
  t.is(refused.body.error, 'temporarily_unavailable')
})

test('a browser of any origin can register an application', async t => {
  const program = new RegisteringProgram(open)
  const preflight = await program.send('OPTIONS', '/reg', { headers: { origin: 'https://inspector.example' } })
  t.is(preflight.status, 204)
  t.is(preflight.headers.get('access-control-allow-origin'), '*')
  t.is((await program.register()).headers.get('access-control-allow-origin'), '*')
})

test('D-01: an application that keeps changing its registration is told to wait', async t => {
  const token = await registrationToken(withToken, { name: 'restless' })
  const program = new RegisteringProgram(withToken)
  const { body } = await program.register({}, token)
  const change = (client_name: string) =>
    program.send('PUT', String(body.registration_client_uri), {
      token: String(body.registration_access_token),
      body: { client_id: body.client_id, redirect_uris: [CALLBACK], client_name },
    })
  for (let count = 0; count < 20; count++) t.is((await change(`Name ${count}`)).status, 200)
  const refused = await change('One more')
  t.is(refused.status, 429)
  t.truthy(refused.headers.get('retry-after'))
})
