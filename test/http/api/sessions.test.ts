import test from 'ava'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { AccountApplication } from '../../support/account-api.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())

test('a person lists their sessions, with device, address and applications', async t => {
  const client = await application.signIn()
  const { status, body } = await client.get('/me/sessions')
  t.is(status, 200)
  t.true(responses.Sessions.safeParse(body).success, JSON.stringify(body))
  t.is(body.sessions.length, 1)
  const [session] = body.sessions
  t.is(session.device, 'Firefox on Linux')
  t.regex(session.ip, /^(127\.0\.0\.1|::1)$/)
  t.deepEqual(session.clients, [{ id: application.rp.id, name: 'Example' }])
  t.true(Math.abs(Date.now() - Date.parse(session.signed_in_at)) < 60_000)
})

test('revoking a session signs out that browser and ends the tokens of its applications', async t => {
  const client = await application.signIn()
  const elsewhere = await application.signIn(client.person, new Browser(gatehouse.url, { 'user-agent': 'curl/8.0' }))
  const { sessions } = (await client.get('/me/sessions')).body
  const theirs = sessions.find(({ device }: { device: string }) => device === 'curl')
  const answer = await client.send('DELETE', `/me/sessions/${theirs.key}`)
  t.deepEqual([answer.status, answer.body], [204, null])
  t.is((await elsewhere.get('/me')).status, 401)
  await t.throwsAsync(() => application.rp.refresh(elsewhere.tokens.refresh_token!))
  t.is((await client.get('/me/sessions')).body.sessions.length, 1)
  t.is((await client.send('DELETE', `/me/sessions/${theirs.key}`)).status, 404)
})

test('revoking all sessions signs out all browsers', async t => {
  const client = await application.signIn()
  await application.signIn(client.person, new Browser(gatehouse.url))
  t.is((await client.send('DELETE', '/me/sessions')).status, 204)
  t.is((await client.get('/me')).status, 401)
  await client.browser.open((await application.rp.begin({ scope: 'openid' })).url.href)
  t.is(client.browser.heading, 'Sign in')
})

test('A-02: a person cannot revoke the sessions of another account', async t => {
  const [ada, eve] = [await application.signIn(), await application.signIn()]
  const [session] = (await ada.get('/me/sessions')).body.sessions
  const stored = await gatehouse.app.artifacts.byAccount('Session', ada.person.id)
  for (const key of [
    session.key,
    String(stored[0]!.payload.uid),
    'a',
    '%00',
    '..%2f',
    encodeURIComponent('__proto__'),
  ]) {
    const answer = await eve.send('DELETE', `/me/sessions/${key}`)
    t.is(answer.status, 404, key)
    t.is(answer.headers.get('content-type'), 'application/problem+json')
  }
  t.is((await eve.send('DELETE', '/me/sessions')).status, 204)
  t.is((await ada.get('/me/sessions')).body.sessions.length, 1)
})
