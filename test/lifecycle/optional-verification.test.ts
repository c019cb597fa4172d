import test from 'ava'
import { InvalidInput, TooManyAttempts } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

/** Where nobody has to prove an address before they come in. */
const gatehouse = await startGatehouse({ env: { EMAIL_VERIFICATION: 'off' } })
const people = new UpstreamIdentities(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
const provider = await people.provider()
test.after.always(() => gatehouse.stop())

test('U-01: an unverified email gets an account with an unverified address, and a link', async t => {
  const ada = people.foreigner({ email_verified: 'true' as never })
  const received = await people.receive(provider, ada)
  t.like(received, { outcome: 'new-account', account: { email: ada.email, emailVerified: false } })
  t.deepEqual(await testAccounts.emails(ada.email), ['verify-email'])
  t.is((await people.receive(provider, ada)).outcome, 'returning')
  const token = await testAccounts.token(ada.email, 'verify-email')
  await app.scope(() => app.verification.complete(token, { by: stranger(), browser: 'browser' }))
  t.like(await people.receive(provider, ada), { outcome: 'returning', account: { emailVerified: true } })
})

test('a taken email is asked for again, as on the registration page', async t => {
  const taken = await makePerson(gatehouse)
  const place = people.place()
  const grace = people.foreigner({ email: taken.email, email_verified: false })
  t.is((await people.receive(provider, grace, { place })).outcome, 'missing-email')
  const error = await t.throwsAsync(people.introduce(place, { email: taken.email }), { instanceOf: InvalidInput })
  t.deepEqual(error?.fields, { email: 'taken' })
  const email = testAccounts.fresh()
  const { accountId, admitted } = await people.introduce(place, { email, name: 'Grace' })
  t.true(admitted)
  t.like(await testAccounts.account(accountId), { email, emailVerified: false, name: 'Grace' })
  t.deepEqual(await people.connected(taken.id), [])
  t.deepEqual(await people.connected(accountId), [grace.sub])
})

test('too many emails never prevent a sign-in', async t => {
  const spend = (email: string): Promise<void> => app.limits.emailByAddress.take(email).then(() => spend(email))
  const [ada, grace] = [people.foreigner({ email_verified: false }), people.foreigner({ email: undefined as never })]
  const [typed, registered] = [testAccounts.fresh(), testAccounts.fresh()]
  for (const email of [ada.email, typed, registered]) await t.throwsAsync(spend(email), { instanceOf: TooManyAttempts })
  t.is((await people.receive(provider, ada)).outcome, 'new-account')
  const place = people.place()
  t.is((await people.receive(provider, grace, { place })).outcome, 'missing-email')
  t.true((await people.introduce(place, { email: typed })).admitted)
  const applicant = { email: registered, password: PASSWORD }
  t.true((await app.scope(() => app.registration.apply(applicant, { by: stranger(), browser: null }))).admitted)
  for (const email of [ada.email, typed, registered]) t.deepEqual(await testAccounts.emails(email), [])
})

test('N-04: of two first sign-ins at once, one creates the account', async t => {
  const other = (await gatehouse.another()).app
  const ada = people.foreigner({ email_verified: false })
  const both = await Promise.all([people.receive(provider, ada), people.receive(provider, ada, { app: other })])
  t.deepEqual(both.map(({ outcome }) => outcome).sort(), ['new-account', 'returning'])
})
