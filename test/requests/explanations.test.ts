import test from 'ava'
import type { RequestReport } from '../../src/requests/request-reports.ts'
import { commandsFor } from '../cli/command-line.ts'
import { administrator } from '../support/admin-api.ts'
import { Browser } from '../support/browser.ts'
import { codeSource } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'
import { why } from '../support/why.ts'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const shownOf = ({ sent }: { sent: { name: string; value: string | null }[] }, name: string) =>
  sent.find(each => each.name === name)?.value

/** A page of this browser that is an error. */
async function refusedPage(address: string) {
  const { page, document } = await new Browser(url, { accept: 'text/html' }).open(address)
  return { ...page, shown: document.querySelectorAll('.trace code').map(each => each.textContent.trim()) }
}

test('a redirect URI that is not registered: what is, and both ways to make them equal', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const page = await refusedPage((await rp.begin({ redirect_uri: `${CALLBACK}/` })).url.href)
  t.true(page.shown.includes(page.headers.get('x-request-id')!), 'the error page shows the ID to paste')
  const { refusal, text } = await why(gatehouse, page)
  t.like(refusal, { method: 'GET', route: '/auth', status: 400, error: 'invalid_redirect_uri', client: rp.id })
  t.is(shownOf(refusal, 'redirect_uri'), `${CALLBACK}/`)
  t.is(shownOf(refusal, 'code_challenge_method'), 'S256')
  t.is(shownOf(refusal, 'state'), null)
  t.regex(refusal.expected.join(), new RegExp(`registered addresses: ${CALLBACK}$`))
  t.regex(refusal.fix!, new RegExp(`typing error.*${CALLBACK}.*gatehouse clients update ${rp.id} --add-redirect-uri`))
  for (const title of ['What happened', 'What was expected', 'What to do', 'What was sent', 'By whom'])
    t.true(text.includes(`\n${title}\n`), title)
  t.regex(text, /state +\(not shown\)/)
})

test('what an address carries in its query, fragment and user name is not repeated', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const sent = 'https://ada:secret1@app.example.org/callback?session=secret2#secret3'
  const page = await refusedPage((await rp.begin({ redirect_uri: sent })).url.href)
  const { refusal, text } = await why(gatehouse, page)
  t.is(shownOf(refusal, 'redirect_uri'), 'https://…@app.example.org/callback?…#…')
  t.notRegex(text + JSON.stringify(refusal), /secret\d/)
  t.truthy(refusal.fix)
})

test('an unknown client: its ID, and how to list those that exist', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { refusal } = await why(gatehouse, await refusedPage((await rp.begin({ client_id: 'wikki' })).url.href))
  t.like(refusal, { error: 'invalid_client', client: null })
  t.is(shownOf(refusal, 'client_id'), 'wikki')
  t.regex(refusal.fix!, /gatehouse clients list/)
})

test('a wrong client secret: which method is registered, and which was used', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: rp.id, client_secret: 'not the one' })
  const answer = await fetch(`${url}/token`, { method: 'POST', body })
  const { refusal } = await why(gatehouse, answer)
  t.like(refusal, { method: 'POST', route: '/token', status: 401, error: 'invalid_client', client: rp.id })
  t.is(refusal.problem, 'the secret is wrong (sent: secret in the body)')
  t.deepEqual(refusal.expected, ['the client authenticates with client_secret_basic'])
  t.is(refusal.fix, `gatehouse clients rotate-secret ${rp.id}`)
  t.is(shownOf(refusal, 'client_secret'), null)
  t.is(shownOf(refusal, 'grant_type'), 'authorization_code')
})

test('a client ID and a secret that are swapped: neither the log nor the explanation has the secret', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const authorization = `Basic ${btoa(`${rp.secret}:${rp.id}`)}`
  for (const sent of [
    { headers: { authorization }, body: new URLSearchParams({ grant_type: 'client_credentials' }) },
    { body: new URLSearchParams({ grant_type: 'client_credentials', client_id: rp.secret!, client_secret: rp.id }) },
  ]) {
    const { refusal, text } = await why(gatehouse, await fetch(`${url}/token`, { method: 'POST', ...sent }))
    t.like(refusal, { client: rp.id, error: 'invalid_client' })
    t.regex(refusal.problem, /swapped/)
    t.false(text.includes(rp.secret!))
  }
})

test('a request without PKCE: the redirect to the application is explained too', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const { url: address } = await rp.begin()
  for (const name of ['code_challenge', 'code_challenge_method']) address.searchParams.delete(name)
  const answer = await fetch(address, { redirect: 'manual' })
  t.regex(answer.headers.get('location')!, /^https:\/\/app\.example\.org\/callback\?.*error=invalid_request/)
  const { refusal } = await why(gatehouse, answer)
  t.like(refusal, { route: '/auth', status: 303, error: 'invalid_request', client: rp.id })
  t.regex(refusal.expected.join(), /code_challenge_method=S256/)
  t.is(refusal.fix, 'switch on PKCE (S256) in the application')
})

test('a scope and a response type that the client may not ask for', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'email'] })
  const { url: address } = await rp.begin({ scope: 'phone' })
  address.searchParams.delete('nonce')
  const scope = await why(gatehouse, await fetch(address, { redirect: 'manual' }))
  t.like(scope.refusal, { error: 'invalid_scope' })
  t.regex(scope.refusal.expected.join(), /may ask for: .*openid/)
  const type = await why(
    gatehouse,
    await fetch((await rp.begin({ response_type: 'id_token' })).url, { redirect: 'manual' }),
  )
  t.regex(type.refusal.fix!, new RegExp(`gatehouse clients update ${rp.id} --response-type`))
  t.is(shownOf(type.refusal, 'response_type'), 'id_token')
})

test('a code that was used, and one that never existed', async t => {
  const { rp, code } = await codeSource(gatehouse)
  const form = await code()
  t.is((await rp.post('/token', form)).status, 200)
  const again = await why(gatehouse, await rp.post('/token', form))
  t.like(again.refusal, { error: 'invalid_grant', client: rp.id, route: '/token' })
  t.regex(again.refusal.problem, /already consumed/)
  t.regex(again.refusal.expected.join(), /less than a minute ago and not used/)
  t.like(again.events, [{ kind: 'token.reused', target: rp.id }])
  t.truthy(again.events[0]?.subject, 'whose code it was')
  const never = await why(gatehouse, await rp.post('/token', { ...form, code: 'x'.repeat(43) }))
  t.regex(never.refusal.problem, /not found/)
})

test('a wrong password: the page names nobody, and the operator sees whose account it was', async t => {
  const [rp, ada] = [await RelyingParty.register(gatehouse), await makePerson(gatehouse)]
  const browser = new Browser(url)
  await browser.open((await rp.begin()).url.href)
  await browser.submit({ email: ada.email, password: 'my wrong password' })
  const { refusal, events, text } = await why(gatehouse, browser.page)
  t.like(refusal, {
    method: 'POST',
    route: '/interaction/:uid/sign-in',
    status: 401,
    error: 'wrong_credentials',
    client: rp.id,
    account: null,
  })
  t.like(events[0], { kind: 'sign-in.refused', reason: 'wrong-password', subject: ada.id, words: 'Wrong password' })
  t.true(text.includes(ada.id))
  t.false(text.includes(ada.email))

  await browser.submit({ email: 'nobody@example.org', password: 'my wrong password' })
  const stranger = await why(gatehouse, browser.page)
  t.like(stranger.refusal, { error: 'wrong_credentials', account: null })
  t.is(stranger.refusal.problem, refusal.problem)
  t.false(stranger.text.includes('nobody@'))
})

test('a request of the API without the permission, and one without a valid token', async t => {
  const { api } = await administrator(gatehouse, ['admin'], ['accounts:read'])
  const { refusal } = await why(gatehouse, await api.send('post', '/roles', { body: { name: 'editor' } }))
  t.like(refusal, { method: 'POST', route: '/api/v1/roles', status: 403, error: 'insufficient_scope' })
  t.is(refusal.expected[0], 'the scope roles:write')
  t.is(shownOf(refusal, 'Authorization header'), 'Bearer …')

  const superuser = await administrator(gatehouse)
  const target = `/accounts/${superuser.person.email}/suspension`
  const admin = await administrator(gatehouse, ['admin'])
  const forbidden = await why(gatehouse, await admin.api.send('put', target))
  t.like(forbidden.refusal, { route: '/api/v1/accounts/:account/suspension', error: 'forbidden' })
  t.is(forbidden.refusal.account, admin.person.id)
  t.false(forbidden.text.includes(superuser.person.email))

  const answer = await fetch(`${url}/api/v1/accounts`, { headers: { authorization: 'Bearer nonsense' } })
  const body = (await answer.json()) as { request_id: string }
  t.is(body.request_id, answer.headers.get('x-request-id') ?? '')
  t.like((await why(gatehouse, answer)).refusal, { status: 401, error: 'invalid_token' })
})

test('invalid fields are named', async t => {
  const { api } = await administrator(gatehouse)
  const { refusal } = await why(
    gatehouse,
    await api.send('post', '/roles', { body: { name: 'editor', colour: 'very secret' } }),
  )
  t.is(refusal.problem, 'colour: unknown')
  t.deepEqual(refusal.sent.at(-1), { name: 'JSON body', value: null })
})

test('an error that nobody expected says where to look, and repeats nothing of it', async t => {
  const broken = await startGatehouse()
  t.teardown(() => broken.stop())
  const { api } = await administrator(broken)
  await broken.app.em.execute('alter table role rename column description to somewhere_else')
  const answer = await api.call('createRole', { body: { name: 'editor' } })
  t.is(answer.status, 500)
  const { refusal, text } = await why(broken, answer)
  t.like(refusal, { status: 500, error: 'server_error', problem: 'something went wrong here' })
  t.regex(refusal.fix!, /request ID in the log/)
  t.notRegex(text, /somewhere_else|select|insert/)
})

test('another process explains it too', async t => {
  const [rp, other] = [await RelyingParty.register(gatehouse), await gatehouse.another()]
  const answer = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams({ client_id: rp.id }) })
  t.is((await why(other, answer)).refusal.client, rp.id)
})

test('a request that was not refused is explained by its events', async t => {
  const { api, person } = await administrator(gatehouse)
  const { headers } = await api.call('createRole', { body: { name: 'explained' } })
  const id = headers.get('x-request-id')!
  const { refusal, events } = await commandsFor(app).json<RequestReport>(`why ${id}`)
  t.is(refusal, null)
  t.like(events[0], { kind: 'role.created', target: 'explained', actor: `account:${person.id}` })
  const { out } = await commandsFor(app).run(`why ${id}`)
  t.regex(out, /^Request \S+\nIt was not refused, or that was more than 24 hours ago\.\n\nRecorded\n.*role\.created/s)
})

test('the API answers the same as the command', async t => {
  const { api } = await administrator(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const page = await refusedPage((await rp.begin({ redirect_uri: 'https://other.example.org/' })).url.href)
  const told = await why(gatehouse, page)
  const { status, body } = await api.call('explainRequest', { params: { request: told.id } })
  t.is(status, 200)
  t.deepEqual(body, { id: told.id, refusal: told.refusal, events: [] })
})

test('an unknown ID: how long refused requests are explained, and where else to look', async t => {
  const { api } = await administrator(gatehouse)
  const { status, problem } = await api.call('explainRequest', { params: { request: 'no-such-request' } })
  t.is(status, 404)
  t.regex(problem.detail, /24 hours.*log \(requestId\)/)
  for (const id of ['no-such-request', '-h1', '--x', '%00', 'x'.repeat(1000)]) {
    const { code, err } = await commandsFor(app).run(`why ${id}`)
    t.is(code, 3, id)
    t.regex(err, /24 hours/)
    t.false(err.includes(id) && id.length > 5)
  }
})

test('a path that does not exist is not kept', async t => {
  const { run } = commandsFor(app)
  const missing = await Promise.all(['/no/such/page', '/api/v1/nothing', '/assets/none'].map(path => fetch(url + path)))
  // What was answered later is kept by now.
  await why(gatehouse, await fetch(`${url}/token`, { method: 'POST' }))
  for (const { status, headers } of missing)
    t.deepEqual([status, (await run(`why ${headers.get('x-request-id')}`)).code], [404, 3])
})

test('a link that no longer works shows the ID too', async t => {
  const page = await refusedPage(`${url}/reset-password/${'x'.repeat(43)}`)
  t.deepEqual(page.shown, [page.headers.get('x-request-id')])
  const { refusal } = await why(gatehouse, page)
  t.like(refusal, { route: '/reset-password/:token', status: 404, error: 'link_invalid' })
})

test('an application in a browser can read the ID', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x', client_id: rp.id })
  const answer = await fetch(`${url}/token`, { method: 'POST', headers: { origin: 'https://app.example.org' }, body })
  t.regex(answer.headers.get('access-control-expose-headers') ?? '', /X-Request-Id/)
  t.like((await why(gatehouse, answer)).refusal, { error: 'invalid_grant', client: rp.id })
})

test('the ID of each answer can be pasted into the command', async t => {
  for (const path of [
    '/',
    '/healthz',
    '/.well-known/openid-configuration',
    '/jwks',
    '/no/such/page',
    '/api/v1/accounts',
  ]) {
    for (const accept of ['text/html', 'application/json']) {
      const { headers } = await fetch(url + path, { headers: { accept } })
      t.regex(headers.get('x-request-id') ?? '', /^[0-9a-f]{12}-[0-9a-z]+$/, path)
    }
  }
})
