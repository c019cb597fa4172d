import test from 'ava'
import { InvalidInput, TooManyAttempts } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities } from './upstream-identities.ts'

/** A server on which people can sign in before they verify their email. */
const gatehouse = await startGatehouse({ env: { EMAIL_VERIFICATION: 'off' } })
const people = new UpstreamIdentities(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
const provider = await people.provider()
test.after.always(() => gatehouse.stop())

test('U-01: an unverified upstream email creates an account with an unverified email, and a link to verify it is sent', async t => {
  const ada = people.upstreamUser({ email_verified: 'true' as never })
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
  const grace = people.upstreamUser({ email: taken.email, email_verified: false })
  t.is((await people.receive(provider, grace, { place })).outcome, 'missing-email')
  const error = await t.throwsAsync(people.registerWithEmail(place, { email: taken.email }), {
    instanceOf: InvalidInput,
  })
  t.deepEqual(error?.fields, { email: 'taken' })
  const email = testAccounts.fresh()
  const { accountId, admitted } = await people.registerWithEmail(place, { email, name: 'Grace' })
  t.true(admitted)
  t.like(await testAccounts.account(accountId), { email, emailVerified: false, name: 'Grace' })
  t.deepEqual(await people.connected(taken.id), [])
  t.deepEqual(await people.connected(accountId), [grace.sub])
})

test('the limit on emails never prevents a sign-in', async t => {
  const exhaust = (email: string): Promise<void> => app.limits.emailByAddress.take(email).then(() => exhaust(email))
  const [ada, grace] = [
    people.upstreamUser({ email_verified: false }),
    people.upstreamUser({ email: undefined as never }),
  ]
  const [typed, registered] = [testAccounts.fresh(), testAccounts.fresh()]
  for (const email of [ada.email, typed, registered])
    await t.throwsAsync(exhaust(email), { instanceOf: TooManyAttempts })
  t.is((await people.receive(provider, ada)).outcome, 'new-account')
  const place = people.place()
  t.is((await people.receive(provider, grace, { place })).outcome, 'missing-email')
  t.true((await people.registerWithEmail(place, { email: typed })).admitted)
  const applicant = { email: registered, password: PASSWORD }
  t.true((await app.scope(() => app.registration.apply(applicant, { by: stranger(), browser: null }))).admitted)
  for (const email of [ada.email, typed, registered]) t.deepEqual(await testAccounts.emails(email), [])
})

test('N-04: of two first sign-ins at once, one creates the account', async t => {
  const other = (await gatehouse.another()).app
  const ada = people.upstreamUser({ email_verified: false })
  const both = await Promise.all([people.receive(provider, ada), people.receive(provider, ada, { app: other })])
  t.deepEqual(both.map(({ outcome }) => outcome).sort(), ['new-account', 'returning'])
})
