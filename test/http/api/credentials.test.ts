import test from 'ava'
import { AccountApplication, type AccountClient } from '../../support/account-api.ts'
import { Browser } from '../../support/browser.ts'
import { emailsTo, emailTo } from '../../support/emails.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const NEW_PASSWORD = 'another horse, correct this time'

const gatehouse = await startGatehouse()
const limited = await startGatehouse({ env: { EMAIL_LIMIT_ADDRESS: '2/1h' } })
const application = await AccountApplication.register(gatehouse)
const limitedApplication = await AccountApplication.register(limited)
test.after.always(() => Promise.all([gatehouse.stop(), limited.stop()]))
const { app } = gatehouse

const change = (client: AccountClient, body: object) => client.send('PUT', '/me/password', body)

test('changing the password takes the current one, ends other sessions and keeps the one of the application', async t => {
  const client = await application.signIn()
  const elsewhere = await application.signIn(client.person, new Browser(gatehouse.url))
  const { status, body } = await change(client, { current: client.person.password, next: NEW_PASSWORD })
  t.is(status, 204)
  t.is(body, null)

  t.is((await elsewhere.get('/me')).status, 401)
  await t.throwsAsync(() => application.rp.refresh(elsewhere.tokens.refresh_token!))
  t.is((await client.get('/me')).status, 200)
  t.is((await client.get('/me/sessions')).body.sessions.length, 1)
  await application.signIn({ ...client.person, password: NEW_PASSWORD }, new Browser(gatehouse.url))
  await emailTo(app, client.person.email, 'password-changed')
})

test('other browsers stay signed in if the person wants it', async t => {
  const client = await application.signIn()
  const elsewhere = await application.signIn(client.person, new Browser(gatehouse.url))
  const body = { current: client.person.password, next: NEW_PASSWORD, end_other_sessions: false }
  t.is((await change(client, body)).status, 204)
  t.is((await elsewhere.get('/me')).status, 200)
})

test('a wrong current password and a bad new one are reported as fields', async t => {
  const client = await application.signIn()
  const wrong = await change(client, { current: 'wrong', next: NEW_PASSWORD })
  t.is(wrong.status, 422)
  t.deepEqual(wrong.body.fields, { current: 'wrong' })
  t.is(wrong.headers.get('www-authenticate'), null)
  const common = await change(client, { current: client.person.password, next: 'password1' })
  t.is(common.status, 422)
  t.deepEqual(common.body.fields, { next: 'common' })
  const { body } = await client.get('/me/history?kind=password.')
  t.deepEqual(body.events[0].reason, 'wrong-password')
})

test('L-06: wrong passwords are counted together with those of the sign-in form, and the refusal says how long to wait', async t => {
  const client = await application.signIn()
  const statuses = new Set<number>()
  let last = await change(client, { current: 'wrong', next: NEW_PASSWORD })
  for (let attempts = 0; attempts < 60 && last.status !== 429; attempts++) {
    last = await change(client, { current: 'wrong', next: NEW_PASSWORD })
    statuses.add(last.status)
  }
  t.deepEqual([...statuses], [422, 429])
  t.true(Number(last.headers.get('retry-after')) > 0)
  t.is(last.headers.get('content-type'), 'application/problem+json')
  t.is(last.body.code, 'too_many_attempts')
  const right = await change(client, { current: client.person.password, next: NEW_PASSWORD })
  t.is(right.status, 429)
  const begun = await application.rp.begin({ scope: 'openid' })
  const browser = await application.rp.visit(begun, client.person, new Browser(gatehouse.url))
  t.regex(browser.text, /Too many attempts/)
})

test('the email changes only with the link sent to the new address', async t => {
  const client = await application.signIn()
  const email = `new-${client.person.email}`
  const answer = await client.send('POST', '/me/email-change', { email })
  t.is(answer.status, 202)
  t.is((await client.get('/me')).body.email, client.person.email)
  const { link } = await emailTo(app, email, 'change-email')
  t.regex(link, /\/change-email\/[\w-]+$/)
})

test('the response does not reveal whether the new address has an account', async t => {
  const client = await application.signIn()
  const taken = await makePerson(gatehouse)
  const [one, other] = [
    await client.send('POST', '/me/email-change', { email: taken.email }),
    await client.send('POST', '/me/email-change', { email: `nobody-${taken.email}` }),
  ]
  t.is(one.status, other.status)
  t.is(one.body, other.body)
  await emailTo(app, taken.email, 'email-taken')
  const bad = await client.send('POST', '/me/email-change', { email: 'nobody' })
  t.deepEqual([bad.status, bad.body.fields], [422, { email: 'invalid' }])
})

test('the verification email can be sent again, in the requested language', async t => {
  const client = await application.signIn()
  const answer = await client.send('POST', '/me/verification', undefined, { 'accept-language': 'ru' })
  t.is(answer.status, 202)
  const { subject } = await emailTo(app, client.person.email, 'verify-email')
  t.regex(subject, /[а-я]/)
})

test('emails are limited, and the refusal says how long to wait', async t => {
  const client = await limitedApplication.signIn()
  const sent = []
  for (let attempts = 0; attempts < 3; attempts++) sent.push(await client.send('POST', '/me/verification'))
  t.deepEqual(
    sent.map(({ status }) => status),
    [202, 202, 429],
  )
  t.true(Number(sent[2]!.headers.get('retry-after')) > 60)
  await emailTo(limited.app, client.person.email)
  t.true((await emailsTo(limited.app, client.person.email)).length <= 2)
})
