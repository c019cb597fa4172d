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

/** Signs in a person whose provider sends no verified email, up to the page that asks for one. */
async function signInWithoutEmail(claims: Partial<UpstreamUser> = {}, from = provider) {
  const upstreamUser = people.upstreamUser({ email_verified: false, ...claims })
  const place = people.place()
  const received = await people.receive(from, upstreamUser, { place })
  return { upstreamUser, place, received }
}

const idOf = (received: Matched) => ('account' in received ? received.account.id : null)
const verify = async (email: string, browser: string) => {
  const token = await testAccounts.token(email, 'verify-email')
  return app.scope(() => app.verification.complete(token, { by: stranger(), browser }))
}

test('a person who enters an email and opens the link is signed in', async t => {
  const { upstreamUser, place, received } = await signInWithoutEmail({ email: undefined as never })
  t.like(received, { outcome: 'missing-email', pending: { identity: { email: null } } })
  const email = testAccounts.fresh()
  const { accountId, ...rest } = await people.registerWithEmail(place, { email: email.toUpperCase(), name: 'Ada' })
  t.deepEqual(rest, { admitted: false, passed: 'upstream' })
  t.deepEqual(await testAccounts.emails(email), ['verify-email'])
  t.like(await testAccounts.account(accountId), { email, emailVerified: false, name: 'Ada' })
  await app.scope(() => app.awaitingVerification.keep('here', { accountId, email, method: METHODS.upstream }))
  t.is(await app.scope(() => app.awaitingVerification.resume('here')), null)

  await t.throwsAsync(verify(email, 'another browser'), { instanceOf: Forbidden })
  await verify(email, 'browser')
  t.like(await app.scope(() => app.awaitingVerification.resume('here')), {
    account: { id: accountId },
    method: METHODS.upstream,
  })
  t.like(await people.receive(provider, upstreamUser), {
    outcome: 'returning',
    account: { id: accountId, emailVerified: true },
  })
})

test('without a password, another browser shows that the link works only where it was requested', async t => {
  const { place } = await signInWithoutEmail()
  const email = testAccounts.fresh()
  const { accountId } = await people.registerWithEmail(place, { email })
  const otherBrowser = await new Browser(gatehouse.url).open(await testAccounts.link(email, 'verify-email'))
  t.is(otherBrowser.page.status, 200)
  t.regex(otherBrowser.text, /It works in the browser in which you asked for it/)
  t.is(otherBrowser.document.querySelector('[type="password"], [value="confirm"]'), null)
  t.false((await testAccounts.account(accountId)).emailVerified)
  await otherBrowser.submit({ decision: 'cancel-registration' })
  t.false(await testAccounts.exists(accountId))
})

test('a taken email gets the same answer, and its owner is notified', async t => {
  const ada = await makePerson(gatehouse)
  const { upstreamUser, place } = await signInWithoutEmail({ email: ada.email })
  const { accountId, ...rest } = await people.registerWithEmail(place, { email: ada.email })
  t.deepEqual(rest, { admitted: false, passed: 'upstream' })
  t.false(await testAccounts.exists(accountId))
  t.deepEqual(await testAccounts.emails(ada.email), ['email-taken'])
  t.deepEqual(await people.connected(ada.id), [])
  t.is((await people.receive(provider, upstreamUser)).outcome, 'missing-email')
})

test('a person who mistyped the email can enter another', async t => {
  const { upstreamUser, place } = await signInWithoutEmail()
  const [wrong, right] = [testAccounts.fresh('wrong'), testAccounts.fresh('right')]
  await people.registerWithEmail(place, { email: wrong })
  const again = people.place()
  t.is((await people.receive(provider, upstreamUser, { place: again })).outcome, 'missing-email')
  const { accountId } = await people.registerWithEmail(again, { email: right })
  t.false(await testAccounts.exists(wrong))
  t.deepEqual(await people.connected(accountId), [upstreamUser.sub])
})

test('a person whose provider has verified the email in the meantime needs no link', async t => {
  const { upstreamUser, place } = await signInWithoutEmail()
  const { accountId } = await people.registerWithEmail(place, { email: upstreamUser.email })
  const received = await people.receive(provider, { ...upstreamUser, email_verified: true })
  t.is(received.outcome, 'new-account')
  t.not(idOf(received), accountId)
  t.like(await testAccounts.account(upstreamUser.email), { emailVerified: true })
})

test('U-02: an identity linked in advance by an attacker is removed once the owner verifies the email', async t => {
  for (const proof of ['password', 'mail'] as const) {
    const { upstreamUser: mallory, place } = await signInWithoutEmail()
    const email = testAccounts.fresh('ada')
    const { accountId } = await people.registerWithEmail(place, { email })
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

test('an invalid form reports every invalid field and keeps the pending identity', async t => {
  const { place } = await signInWithoutEmail()
  const error = await t.throwsAsync(people.registerWithEmail(place, { email: 'no address', name: 'a'.repeat(201) }), {
    instanceOf: InvalidInput,
  })
  t.deepEqual(error?.fields, { email: 'invalid', name: 'too-long' })
  t.not(await app.pendingIdentities.at(place), null)
})

test('no one can register without a pending identity, in another browser, or through a provider that was turned off', async t => {
  const closing = await people.provider()
  const { place } = await signInWithoutEmail({}, closing)
  const notFound = { instanceOf: NotFound }
  await t.throwsAsync(people.registerWithEmail(people.place(), { email: testAccounts.fresh() }), notFound)
  await app.scope(() => app.identityProviders.disable(closing.name, { by: operator }))
  await t.throwsAsync(people.registerWithEmail(place, { email: testAccounts.fresh() }), notFound)
  await app.scope(() => app.identityProviders.enable(closing.name, { by: operator }))
  await people.registerWithEmail(place, { email: testAccounts.fresh() })
  await t.throwsAsync(people.registerWithEmail(place, { email: testAccounts.fresh() }), notFound)

  const ada = await makePerson(gatehouse)
  const otherPlace = people.place()
  await people.receive(provider, people.upstreamUser({ email: ada.email }), { place: otherPlace })
  await t.throwsAsync(
    people.registerWithEmail(otherPlace, { email: testAccounts.fresh() }),
    notFound,
    'an email with an account requires proof of ownership',
  )
})

test('a pending identity is stored encrypted', async t => {
  const { upstreamUser, place } = await signInWithoutEmail()
  const kept = JSON.stringify(await app.artifacts.get('PendingIdentity', place))
  t.false(kept.includes(upstreamUser.email) || kept.includes(upstreamUser.sub))
})
