import test from 'ava'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { stranger, TestAccounts } from '../../lifecycle/test-accounts.ts'
import { AccountApplication, type AccountClient } from '../../support/account-api.ts'
import { Authenticator } from '../../support/authenticator.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { SecurityKey } from '../../support/security-key.ts'

const NEW_PASSWORD = 'another horse, correct this time'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const testAccounts = new TestAccounts(gatehouse)
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

const newKey = () => new SecurityKey({ origin: new URL(url).origin })

async function add(client: AccountClient, { key = newKey(), name }: { key?: SecurityKey; name?: string } = {}) {
  const { body } = await client.send('POST', '/me/passkeys/challenges')
  const response = key.create(body.options)
  return client.send('POST', '/me/passkeys', { challenge_token: body.challenge_token, response, ...(name && { name }) })
}

/** A person who has signed in with a second factor, so that their token covers it. */
async function withSecondFactor(): Promise<AccountClient> {
  const first = await application.signIn()
  const proposed = await first.send('POST', '/me/factors/totp/proposals')
  const phone = new Authenticator(proposed.body.secret, clock)
  await first.send('PUT', '/me/factors/totp', { proposal: proposed.body.proposal, code: phone.code() })
  clock.advance(60)
  return application.signIn({ ...first.person, code: () => phone.code() }, new Browser(url))
}

test.serial('the first passkey brings recovery codes, and an earlier token changes nothing more', async t => {
  const client = await application.signIn()
  t.deepEqual((await client.get('/me/passkeys')).body, { passkeys: [] })
  const { status, body } = await add(client, { name: 'Desk' })
  t.is(status, 201)
  t.true(responses.AddedPasskey.safeParse(body).success, JSON.stringify(body))
  t.like(body.passkey, { name: 'Desk', synced: false, last_used_at: null })
  t.is(body.recovery_codes.length, 10)
  t.deepEqual((await client.get('/me/passkeys')).body, { passkeys: [body.passkey] })
  t.like((await client.get('/me/factors')).body, { passkeys: 1, recovery_codes_left: 10 })
  const more = await client.send('POST', '/me/passkeys/challenges')
  t.is(more.status, 401)
  t.regex(more.headers.get('www-authenticate') ?? '', /insufficient_user_authentication/)
})

test.serial('passkeys are renamed and removed', async t => {
  const client = await withSecondFactor()
  const { passkey, recovery_codes: codes } = (await add(client)).body
  t.is(codes, null)
  const renamed = await client.send('PATCH', `/me/passkeys/${passkey.id}`, { name: 'Ring' })
  t.is(renamed.status, 200)
  t.deepEqual(renamed.body, { ...passkey, name: 'Ring' })
  for (const [name, problem] of [
    ['', 'empty'],
    ['x'.repeat(61), 'too-long'],
  ]) {
    const wrong = await client.send('PATCH', `/me/passkeys/${passkey.id}`, { name })
    t.deepEqual([wrong.status, wrong.body.fields], [422, { name: problem }])
    t.notRegex(wrong.body.messages.name, /200/, '200 is the limit for the name of a person')
  }
  t.is((await client.send('DELETE', `/me/passkeys/${passkey.id}`)).status, 204)
  t.deepEqual((await client.get('/me/passkeys')).body, { passkeys: [] })
  const changes = (await testAccounts.emails(client.person.email)).filter(kind => kind === 'factor-changed')
  t.is(changes.length, 3)
})

test.serial('M-08: an invalid or repeated response creates no passkey', async t => {
  const client = await withSecondFactor()
  const begun = (await client.send('POST', '/me/passkeys/challenges')).body
  const response = newKey().create(begun.options, { origin: 'https://app.example.org' })
  const sent = { challenge_token: begun.challenge_token, response }
  const fields = async (body: object) => (await client.send('POST', '/me/passkeys', body)).body.fields
  t.deepEqual(await fields(sent), { passkey: 'refused' })
  t.deepEqual(await fields({ challenge_token: 'nonsense', response }), { passkey: 'expired' })
  t.deepEqual(await fields({ challenge_token: begun.challenge_token }), { response: 'required' })
  t.deepEqual(await fields({ ...sent, account: 'another' }), { account: 'unknown' })
  const key = newKey()
  t.is((await add(client, { key })).status, 201)
  t.deepEqual((await add(client, { key })).body.fields, { passkey: 'taken' })
})

test.serial('A-02: passkeys of other people are not found', async t => {
  const [ada, grace] = [await withSecondFactor(), await withSecondFactor()]
  const { passkey } = (await add(ada)).body
  t.is((await grace.send('PATCH', `/me/passkeys/${passkey.id}`, { name: 'mine' })).status, 404)
  t.is((await grace.send('DELETE', `/me/passkeys/${passkey.id}`)).status, 404)
  t.is((await grace.send('DELETE', '/me/passkeys/nonsense')).status, 404)
  t.deepEqual((await ada.get('/me/passkeys')).body, { passkeys: [passkey] })
})

test.serial('a password is removed and set again; the last sign-in method cannot be removed', async t => {
  const client = await withSecondFactor()
  const change = (body: object) => client.send('PUT', '/me/password', body)
  const early = await client.send('DELETE', '/me/password')
  t.deepEqual([early.status, early.body.code], [403, 'last_sign_in_method'])
  t.deepEqual((await change({ next: NEW_PASSWORD })).body.fields, { current: 'required' })

  const { passkey } = (await add(client)).body
  t.is((await client.send('DELETE', '/me/password')).status, 204)
  const last = await client.send('DELETE', `/me/passkeys/${passkey.id}`)
  t.deepEqual([last.status, last.body.code], [403, 'last_sign_in_method'])
  const { id, email, password } = client.person
  t.deepEqual((await change({ current: password, next: NEW_PASSWORD })).body.fields, { current: 'wrong' })
  t.deepEqual((await change({ next: 'password1' })).body.fields, { next: 'common' })
  t.is((await change({ next: NEW_PASSWORD })).status, 204)
  t.true(await testAccounts.with(id, account => app.passwords.verify(account, NEW_PASSWORD)))
  const kinds = (await testAccounts.history(id)).filter(kind => kind.startsWith('password.'))
  t.deepEqual(kinds, ['password.set', 'password.removed', 'password.set'])
  await app.scope(() => app.passwordReset.request(email, { by: stranger() }))
})
