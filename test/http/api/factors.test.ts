import test from 'ava'
import { responses } from '../../../src/http/account/response-schemas.ts'
import { stranger, TestAccounts } from '../../lifecycle/test-accounts.ts'
import { AccountApplication } from '../../support/account-api.ts'
import { Authenticator } from '../../support/authenticator.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { SAFARI } from '../../support/user-agents.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const testAccounts = new TestAccounts(gatehouse)
const application = await AccountApplication.register(gatehouse)
test.after.always(() => gatehouse.stop())
const { app } = gatehouse

const NONE = { totp: null, passkeys: 0, recovery_codes_left: 0, trusted_browsers: [], reset_due: null }

/** A person who adds an authenticator app with the API, and signs in again with it. */
async function enrolled() {
  const first = await application.signIn()
  const proposed = await first.send('POST', '/me/factors/totp/proposals')
  const phone = new Authenticator(proposed.body.secret, clock)
  const { proposal } = proposed.body
  const added = await first.send('PUT', '/me/factors/totp', { proposal, code: phone.code() })
  clock.advance(60)
  const person = { ...first.person, code: () => phone.code() }
  const client = await application.signIn(person, new Browser(gatehouse.url))
  return { first, client, person, phone, proposed, added }
}

test.serial('a person without a second factor has an empty list', async t => {
  const client = await application.signIn()
  const { status, body } = await client.get('/me/factors')
  t.deepEqual([status, body], [200, NONE])
  t.is((await client.send('POST', '/me/factors/recovery-codes')).status, 409)
  t.is((await client.send('DELETE', '/me/factors/totp')).status, 204)
  t.deepEqual(await testAccounts.emails(client.person.email), [])
})

test.serial('an authenticator app is added with its code, and recovery codes are issued', async t => {
  const { client, person, proposed, added } = await enrolled()
  t.true(responses.TotpProposal.safeParse(proposed.body).success)
  t.regex(proposed.body.uri, /^otpauth:\/\/totp\/localhost:.*&issuer=localhost$/)
  t.is(added.status, 200)
  t.is(added.body.recovery_codes.length, 10)
  const { body } = await client.get('/me/factors')
  t.true(responses.Factors.safeParse(body).success, JSON.stringify(body))
  t.like(body, { passkeys: 0, recovery_codes_left: 10, reset_due: null })
  t.truthy(body.totp.added_at && body.totp.last_used_at)
  t.deepEqual((await testAccounts.emails(person.email)).slice(0, 1), ['factor-changed'])
  const { events } = (await client.get('/me/history?kind=factor.')).body
  t.deepEqual(
    events.map(({ kind }: { kind: string }) => kind),
    ['factor.recovery-codes-generated', 'factor.totp-added'],
  )
})

test.serial('M-07: a token of one factor changes nothing more once the account has a second factor', async t => {
  const { first } = await enrolled()
  for (const [method, path] of [
    ['DELETE', '/me/factors/totp'],
    ['POST', '/me/factors/recovery-codes'],
    ['POST', '/me/factors/totp/proposals'],
  ] as const) {
    const answer = await first.send(method, path)
    t.is(answer.status, 401, path)
    t.is(answer.body.code, 'insufficient_user_authentication')
    t.regex(answer.headers.get('www-authenticate') ?? '', /acr_values="urn:gatehouse:acr:2fa"/)
  }
})

test.serial('a wrong code or a forged proposal is reported as a field', async t => {
  const client = await application.signIn()
  const { proposal, secret } = (await client.send('POST', '/me/factors/totp/proposals')).body
  const put = (body: object) => client.send('PUT', '/me/factors/totp', body)
  const wrong = await put({ proposal, code: '000000' })
  t.deepEqual([wrong.status, wrong.body.fields], [422, { code: 'wrong' }])
  const forged = await put({ proposal: 'forged', code: new Authenticator(secret, clock).code() })
  t.deepEqual([forged.status, forged.body.fields], [422, { code: 'expired' }])
  t.deepEqual((await client.get('/me/factors')).body, NONE)
})

test.serial('a new app replaces the first, without new recovery codes', async t => {
  const { client } = await enrolled()
  const { proposal, secret } = (await client.send('POST', '/me/factors/totp/proposals')).body
  clock.advance(1)
  const code = new Authenticator(secret, clock).code()
  const { body } = await client.send('PUT', '/me/factors/totp', { proposal, code })
  t.deepEqual(body, { recovery_codes: null })
})

test.serial('M-05: new recovery codes are shown once, and the old ones stop working', async t => {
  const { client, person, added } = await enrolled()
  const { body } = await client.send('POST', '/me/factors/recovery-codes')
  t.is(body.recovery_codes.length, 10)
  const spend = (code: string) =>
    testAccounts.with(person.id, account => app.recoveryCodes.spend(account, code, { by: stranger() }))
  t.deepEqual([await spend(added.body.recovery_codes[0]), await spend(body.recovery_codes[0])], [null, 9])
  t.is((await client.get('/me/factors')).body.recovery_codes_left, 9)
})

test.serial('the app is removed', async t => {
  const { client } = await enrolled()
  t.is((await client.send('DELETE', '/me/factors/totp')).status, 204)
  t.deepEqual((await client.get('/me/factors')).body, NONE)
})

test.serial('A-02: a person lists and removes only their own trusted browsers', async t => {
  const [ada, bob] = [await enrolled(), await enrolled()]
  for (let i = 0; i < 2; i++)
    await testAccounts.with(ada.person.id, async account => {
      const tokens = await app.completedSignIns.rememberBrowser(account, [])
      const until = new Date(clock.now().getTime() + 86_400_000)
      const device = await app.knownBrowsers.find(account, tokens)
      await app.knownBrowsers.trust(device!, { until, by: { ...stranger(), userAgent: SAFARI } })
    })
  const listed = async () => (await ada.client.get('/me/factors')).body.trusted_browsers
  const [one, two] = await listed()
  t.is(one.device, 'Safari on iOS')
  t.is((await bob.client.send('DELETE', `/me/factors/trusted-browsers/${one.id}`)).status, 404)
  t.is((await bob.client.send('DELETE', '/me/factors/trusted-browsers')).status, 204)
  t.is((await listed()).length, 2)
  t.is((await ada.client.send('DELETE', `/me/factors/trusted-browsers/${one.id}`)).status, 204)
  t.is((await ada.client.send('DELETE', '/me/factors/trusted-browsers/nonsense')).status, 404)
  t.deepEqual(await listed(), [two])
  t.is((await ada.client.send('DELETE', '/me/factors/trusted-browsers')).status, 204)
  t.deepEqual(await listed(), [])
})

test.serial('a pending factor reset is shown, and can be cancelled', async t => {
  const { client, person } = await enrolled()
  clock.advance(1)
  await testAccounts.with(person.id, account => app.factorLoss.report(account, { by: stranger(), browser: 'b' }))
  const token = await testAccounts.token(person.email, 'factor-reset-proof')
  const { due } = await app.scope(() => app.factorLoss.confirm(token, { by: stranger(), browser: 'b' }))
  t.is((await client.get('/me/factors')).body.reset_due, due.toISOString())
  t.is((await client.send('DELETE', '/me/factors/reset')).status, 204)
  t.is((await client.get('/me/factors')).body.reset_due, null)
})
