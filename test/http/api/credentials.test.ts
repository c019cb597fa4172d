import test from 'ava'
import { AccountApplication, type AccountClient } from '../../support/account-api.ts'
import { Browser } from '../../support/browser.ts'
import { emailsTo, emailTo } from '../../support/emails.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const NEXT = 'another horse, correct this time'

const gatehouse = await startGatehouse()
const limited = await startGatehouse({ env: { EMAIL_LIMIT_ADDRESS: '2/1h' } })
const application = await AccountApplication.register(gatehouse)
const limitedApplication = await AccountApplication.register(limited)
test.after.always(() => Promise.all([gatehouse.stop(), limited.stop()]))
const { app } = gatehouse

const change = (client: AccountClient, body: object) => client.send('PUT', '/me/password', body)

test('a password is changed with the current one; other sessions end, the one of the application stays', async t => {
  const client = await application.signIn()
  const elsewhere = await application.signIn(client.person, new Browser(gatehouse.url))
  const { status, body } = await change(client, { current: client.person.password, next: NEXT })
  t.is(status, 204)
  t.is(body, null)

  t.is((await elsewhere.get('/me')).status, 401)
  await t.throwsAsync(() => application.rp.refresh(elsewhere.tokens.refresh_token!))
  t.is((await client.get('/me')).status, 200)
  t.is((await client.get('/me/sessions')).body.sessions.length, 1)
  await application.signIn({ ...client.person, password: NEXT }, new Browser(gatehouse.url))
  await emailTo(app, client.person.email, 'password-changed')
})

test('other browsers stay where the person wants that', async t => {
  const client = await application.signIn()
  const elsewhere = await application.signIn(client.person, new Browser(gatehouse.url))
  const body = { current: client.person.password, next: NEXT, end_other_sessions: false }
  t.is((await change(client, body)).status, 204)
  t.is((await elsewhere.get('/me')).status, 200)
})

test('a wrong present password and a bad next one are fields of the request', async t => {
  const client = await application.signIn()
  const wrong = await change(client, { current: 'wrong', next: NEXT })
  t.is(wrong.status, 422)
  t.deepEqual(wrong.body.fields, { current: 'wrong' })
  t.is(wrong.headers.get('www-authenticate'), null)
  const common = await change(client, { current: client.person.password, next: 'password1' })
  t.is(common.status, 422)
  t.deepEqual(common.body.fields, { next: 'common' })
  const { body } = await client.get('/me/history?kind=password.')
  t.deepEqual(body.events[0].reason, 'wrong-password')
})

test('L-06: wrong passwords are counted with those of the sign-in form, and it is said when to come back', async t => {
  const client = await application.signIn()
  const statuses = new Set<number>()
  let last = await change(client, { current: 'wrong', next: NEXT })
  for (let tries = 0; tries < 60 && last.status !== 429; tries++) {
    last = await change(client, { current: 'wrong', next: NEXT })
    statuses.add(last.status)
  }
  t.deepEqual([...statuses], [422, 429])
  t.true(Number(last.headers.get('retry-after')) > 0)
  t.is(last.headers.get('content-type'), 'application/problem+json')
  t.is(last.body.code, 'too_many_attempts')
  const right = await change(client, { current: client.person.password, next: NEXT })
  t.is(right.status, 429)
  const begun = await application.rp.begin({ scope: 'openid' })
  const browser = await application.rp.visit(begun, client.person, new Browser(gatehouse.url))
  t.regex(browser.text, /Too many attempts/)
})

test('an address is changed by the email to the new one', async t => {
  const client = await application.signIn()
  const email = `new-${client.person.email}`
  const answer = await client.send('POST', '/me/email-change', { email })
  t.is(answer.status, 202)
  t.is((await client.get('/me')).body.email, client.person.email)
  const { link } = await emailTo(app, email, 'change-email')
  t.regex(link, /\/change-email\/[\w-]+$/)
})

test('whether the new address has an account, the answer does not tell', async t => {
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

test('the email that confirms the address is sent again, in the language that is asked for', async t => {
  const client = await application.signIn()
  const answer = await client.send('POST', '/me/verification', undefined, { 'accept-language': 'ru' })
  t.is(answer.status, 202)
  const { subject } = await emailTo(app, client.person.email, 'verify-email')
  t.regex(subject, /[а-я]/)
})

test('emails are limited, and it is said when to come back', async t => {
  const client = await limitedApplication.signIn()
  const sent = []
  for (let tries = 0; tries < 3; tries++) sent.push(await client.send('POST', '/me/verification'))
  t.deepEqual(
    sent.map(({ status }) => status),
    [202, 202, 429],
  )
  t.true(Number(sent[2]!.headers.get('retry-after')) > 60)
  await emailTo(limited.app, client.person.email)
  t.true((await emailsTo(limited.app, client.person.email)).length <= 2)
})
