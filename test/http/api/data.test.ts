import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { AccountApplication } from '../../support/account-api.ts'
import { Browser } from '../../support/browser.ts'
import { emailTo } from '../../support/emails.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const DAY = 24 * 60 * 60 * 1000

const gatehouse = await startGatehouse()
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())
const { app } = gatehouse

test('the export has all data of a person, and no secrets', async t => {
  const client = await application.signIn()
  const { status, body } = await client.get('/me/export')
  t.is(status, 200)
  t.is(body.account.email, client.person.email)
  t.deepEqual(body.profile, { name: 'Ada' })
  t.is(body.consents[0].client, application.rp.id)
  t.true(body.history.length > 1)
  const text = JSON.stringify(body)
  for (const secret of [client.tokens.access_token, client.tokens.refresh_token!, client.person.password, 'argon2'])
    t.false(text.includes(secret))
  for (const { value } of client.browser.cookies.values()) t.false(text.includes(value))
})

test('a deletion is scheduled after the grace period, and can be cancelled', async t => {
  const client = await application.signIn()
  const elsewhere = await application.signIn(client.person, new Browser(gatehouse.url))
  const { status, body } = await client.send('PUT', '/me/deletion')
  t.is(status, 200)
  t.true(Math.abs(Date.parse(body.due) - Date.now() - 14 * DAY) < 60_000)
  await emailTo(app, client.person.email, 'deletion-scheduled')
  t.is((await client.get('/me')).body.deletion_due, body.due)
  t.deepEqual((await client.send('PUT', '/me/deletion', {})).body, body)
  t.is((await elsewhere.get('/me')).status, 401)

  t.is((await client.send('DELETE', '/me/deletion')).status, 204)
  t.is((await client.get('/me')).body.deletion_due, null)
  t.is((await client.send('DELETE', '/me/deletion')).status, 204)
  await emailTo(app, client.person.email, 'deletion-cancelled')
})

test('the last superuser cannot schedule a deletion', async t => {
  const root = await makePerson(gatehouse, { roles: ['superuser'] })
  const client = await application.signIn(root)
  const answer = await client.send('PUT', '/me/deletion')
  t.is(answer.status, 403)
  t.is(answer.headers.get('content-type'), 'application/problem+json')
  t.is((await client.get('/me')).body.deletion_due, null)
})

test('tokens of an erased account are refused', async t => {
  const client = await application.signIn()
  await app.scope(async () => app.erasure.of(await app.accounts.find(client.person.id), { by: operator }))
  t.is((await client.get('/me')).status, 401)
})
