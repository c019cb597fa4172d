import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import type { Matched } from '../../src/lifecycle/upstream/account-matching.ts'
import { METHODS } from '../../src/login/assurance.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { stranger } from './test-accounts.ts'
import { UpstreamIdentities, type UpstreamUser } from './upstream-identities.ts'

const gatehouse = await startGatehouse({ env: { EMAIL_VERIFICATION: 'required', EMAIL_LIMIT_ADDRESS: '100/1h' } })
const people = new UpstreamIdentities(gatehouse)
const { app, testAccounts } = { app: gatehouse.app, testAccounts: people.testAccounts }
const provider = await people.provider()
test.after.always(() => gatehouse.stop())

/** A person whose provider gives no verified address, up to the page that asks for one. */
async function begun(claims: Partial<UpstreamUser> = {}, from = provider) {
  const foreigner = people.foreigner({ email_verified: false, ...claims })
  const place = people.place()
  const received = await people.receive(from, foreigner, { place })
  return { foreigner, place, received }
}

const idOf = (received: Matched) => ('account' in received ? received.account.id : null)
const prove = async (email: string, browser: string) => {
  const token = await testAccounts.token(email, 'verify-email')
  return app.scope(() => app.verification.complete(token, { by: stranger(), browser }))
}

test('a person who enters an email and opens the link is signed in', async t => {
  const { foreigner, place, received } = await begun({ email: undefined as never })
  t.like(received, { outcome: 'missing-email', pending: { identity: { email: null } } })
  const email = testAccounts.fresh()
  const { accountId, ...rest } = await people.introduce(place, { email: email.toUpperCase(), name: 'Ada' })
  t.deepEqual(rest, { admitted: false, passed: 'upstream' })
  t.deepEqual(await testAccounts.emails(email), ['verify-email'])
  t.like(await testAccounts.account(accountId), { email, emailVerified: false, name: 'Ada' })
  await app.scope(() => app.awaitingVerification.keep('here', { accountId, email, method: METHODS.upstream }))
  t.is(await app.scope(() => app.awaitingVerification.resume('here')), null)

  await t.throwsAsync(prove(email, 'another browser'), { instanceOf: Forbidden })
  await prove(email, 'browser')
  t.like(await app.scope(() => app.awaitingVerification.resume('here')), {
    account: { id: accountId },
    method: METHODS.upstream,
  })
  t.like(await people.receive(provider, foreigner), {
    outcome: 'returning',
    account: { id: accountId, emailVerified: true },
  })
})

test('without a password, another browser says at once that the link works only where it was requested', async t => {
  const { place } = await begun()
  const email = testAccounts.fresh()
  const { accountId } = await people.introduce(place, { email })
  const elsewhere = await new Browser(gatehouse.url).open(await testAccounts.link(email, 'verify-email'))
  t.is(elsewhere.page.status, 200)
  t.regex(elsewhere.text, /It works in the browser in which you asked for it/)
  t.is(elsewhere.document.querySelector('[type="password"], [value="confirm"]'), null)
  t.false((await testAccounts.account(accountId)).emailVerified)
  await elsewhere.submit({ decision: 'cancel-registration' })
  t.false(await testAccounts.exists(accountId))
})

test('a taken email gets the same answer, and its owner the usual email', async t => {
  const ada = await makePerson(gatehouse)
  const { foreigner, place } = await begun({ email: ada.email })
  const { accountId, ...rest } = await people.introduce(place, { email: ada.email })
  t.deepEqual(rest, { admitted: false, passed: 'upstream' })
  t.false(await testAccounts.exists(accountId))
  t.deepEqual(await testAccounts.emails(ada.email), ['email-taken'])
  t.deepEqual(await people.connected(ada.id), [])
  t.is((await people.receive(provider, foreigner)).outcome, 'missing-email')
})

test('a person who mistyped the email can enter another', async t => {
  const { foreigner, place } = await begun()
  const [wrong, right] = [testAccounts.fresh('wrong'), testAccounts.fresh('right')]
  await people.introduce(place, { email: wrong })
  const again = people.place()
  t.is((await people.receive(provider, foreigner, { place: again })).outcome, 'missing-email')
  const { accountId } = await people.introduce(again, { email: right })
  t.false(await testAccounts.exists(wrong))
  t.deepEqual(await people.connected(accountId), [foreigner.sub])
})

test('a person whose provider verifies the email meanwhile needs no link', async t => {
  const { foreigner, place } = await begun()
  const { accountId } = await people.introduce(place, { email: foreigner.email })
  const received = await people.receive(provider, { ...foreigner, email_verified: true })
  t.is(received.outcome, 'new-account')
  t.not(idOf(received), accountId)
  t.like(await testAccounts.account(foreigner.email), { emailVerified: true })
})

test('U-02: a link to an identity that was made in advance ends when the owner verifies the email', async t => {
  for (const proof of ['password', 'mail'] as const) {
    const { foreigner: mallory, place } = await begun()
    const email = testAccounts.fresh('ada')
    const { accountId } = await people.introduce(place, { email })
    await app.scope(() => app.awaitingVerification.keep(place, { accountId, email, method: METHODS.upstream }))
    if (proof === 'password') {
      await app.scope(() => app.passwordReset.request(email, { by: stranger() }))
      const token = await testAccounts.token(email, 'reset-password')
      await app.scope(() => app.passwordReset.complete(token, 'the password of the owner', { by: stranger() }))
    } else {
      const here = { interaction: people.place(), browser: 'of the owner' }
      await app.scope(() => app.signInEmails.request(email, here, { by: stranger() }))
      const token = await testAccounts.token(email, 'sign-in')
      await app.scope(() => app.emailSignIn.withLink(here, token, { by: stranger() }))
    }
    t.true((await testAccounts.account(accountId)).emailVerified, proof)
    t.deepEqual(await people.connected(accountId), [], proof)
    t.is((await people.receive(provider, mallory)).outcome, 'missing-email', proof)
    t.is(await app.scope(() => app.awaitingVerification.resume(place)), null, proof)
    t.is(await people.linkPending(place, accountId), null, proof)
  }
})

test('an invalid form reports every invalid field, and the pending identity is kept', async t => {
  const { place } = await begun()
  const error = await t.throwsAsync(people.introduce(place, { email: 'no address', name: 'a'.repeat(201) }), {
    instanceOf: InvalidInput,
  })
  t.deepEqual(error?.fields, { email: 'invalid', name: 'too-long' })
  t.not(await app.pendingIdentities.at(place), null)
})

test('no one registers without a pending identity, in another browser, or through a provider that was turned off', async t => {
  const closing = await people.provider()
  const { place } = await begun({}, closing)
  const gone = { instanceOf: NotFound }
  await t.throwsAsync(people.introduce(people.place(), { email: testAccounts.fresh() }), gone)
  await app.scope(() => app.identityProviders.disable(closing.name, { by: operator }))
  await t.throwsAsync(people.introduce(place, { email: testAccounts.fresh() }), gone)
  await app.scope(() => app.identityProviders.enable(closing.name, { by: operator }))
  await people.introduce(place, { email: testAccounts.fresh() })
  await t.throwsAsync(people.introduce(place, { email: testAccounts.fresh() }), gone)

  const ada = await makePerson(gatehouse)
  const there = people.place()
  await people.receive(provider, people.foreigner({ email: ada.email }), { place: there })
  await t.throwsAsync(
    people.introduce(there, { email: testAccounts.fresh() }),
    gone,
    'whose address has an account proves it',
  )
})

test('a pending identity is stored encrypted', async t => {
  const { foreigner, place } = await begun()
  const kept = JSON.stringify(await app.artifacts.get('PendingIdentity', place))
  t.false(kept.includes(foreigner.email) || kept.includes(foreigner.sub))
})
