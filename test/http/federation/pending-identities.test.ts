import test from 'ava'
import { addApp } from '../../support/authenticator-app.ts'
import { askForEmail, signInEmail } from '../../support/email-sign-in.ts'
import { MovingClock } from '../../support/moving-clock.ts'
import { makePerson } from '../../support/people.ts'
import { queuedEmails } from '../../support/queued-emails.ts'
import { atApplication, FederationSetup, press } from './federation-setup.ts'

const clock = new MovingClock()
const setup = await FederationSetup.start({ clock })
test.after.always(() => setup.stop())
const { gatehouse, upstream, rp } = setup
const { app } = gatehouse

const CONNECT = 'Is this your account?'
const linked = (id: string) => app.scope(async () => (await app.identityLinks.of(id)).length)
const changes = async (email: string) =>
  (await queuedEmails(gatehouse, email, 'factor-changed')).map(({ data }) => data.change)
/** A person with an account, and an upstream identity with the same email. */
async function accountAndIdentity({ verified = true } = {}) {
  const ada = await makePerson(gatehouse)
  if (verified)
    await app.scope(async () =>
      app.verification.markVerified(await app.accounts.find(ada.id), { by: { kind: 'operator' } as never }),
    )
  return { ada, there: setup.upstreamPerson({ email: ada.email }) }
}

test.serial('a person with an account of the same email proves ownership by signing in to it', async t => {
  const { ada, there } = await accountAndIdentity()
  const started = await setup.signInThrough(there)
  const { browser } = started
  t.is(browser.heading, CONNECT)
  t.true(browser.text.includes(ada.email))
  t.is(browser.field('email'), ada.email)
  t.is(await linked(ada.id), 0)

  await browser.submit({ password: 'not the right one' })
  t.is(browser.heading, CONNECT)
  t.is(browser.page.status, 401)
  t.true(browser.document.querySelector('[role="alert"]')?.textContent.includes('The password is not right.'))
  t.is(await linked(ada.id), 0)

  await browser.submit({ password: ada.password })
  const claims = await setup.claims(started)
  t.is(claims.sub, ada.id)
  t.deepEqual(claims.amr, ['pwd'])
  t.is(await linked(ada.id), 1)
  t.deepEqual(await changes(ada.email), ['identity-linked'])
  t.is((await setup.claims(await setup.signInThrough(there))).sub, ada.id)
})

test.serial('M-06: the second factor is required before an identity is connected', async t => {
  const { ada, there } = await accountAndIdentity()
  const { authenticator } = await addApp(gatehouse, ada.id)
  clock.advance(60)
  const started = await setup.signInThrough(there)
  await started.browser.submit({ password: ada.password })
  t.is(started.browser.heading, 'One more step')
  t.is(await linked(ada.id), 0)
  await started.browser.submit({ code: authenticator.code() })
  t.deepEqual((await setup.claims(started)).amr, ['pwd', 'otp', 'mfa'])
  t.is(await linked(ada.id), 1)
})

test.serial(
  'an emailed link proves ownership too, even if email sign-in is off, and goes to that address only',
  async t => {
    const { ada, there } = await accountAndIdentity()
    const other = await makePerson(gatehouse)
    const started = await setup.signInThrough(there)
    await askForEmail(started.browser, other.email)
    t.is(started.browser.heading, 'Look into your mail')
    t.true(started.browser.text.includes(ada.email))
    t.deepEqual(await queuedEmails(gatehouse, other.email, 'sign-in'), [])
    const { code } = await signInEmail(gatehouse, ada.email)
    await started.browser.submit({ code })
    t.deepEqual((await setup.claims(started)).amr, ['email'])
    t.is(await linked(ada.id), 1)

    const stranger = await setup.signInPage()
    const page = new URL(stranger.browser.page.url).pathname
    const csrf = stranger.browser.field('csrf') ?? ''
    const answer = await stranger.browser.fetch(`${page}/email`, {
      method: 'POST',
      body: new URLSearchParams({ email: other.email, csrf }),
      headers: { origin: new URL(gatehouse.url).origin },
    })
    t.is(answer.status, 404)
    t.is((await stranger.browser.fetch(`${page}/email`)).status, 404)
    t.deepEqual(await queuedEmails(gatehouse, other.email, 'sign-in'), [])
  },
)

test.serial('a person who declines sees the other sign-in methods, and nothing is connected', async t => {
  const { ada, there } = await accountAndIdentity()
  const started = await setup.signInThrough(there)
  await started.browser.submit({}, { action: '/discard-identity' })
  t.is(started.browser.heading, 'Sign in')
  await started.browser.submit({ email: ada.email, password: ada.password })
  t.true(atApplication(started.browser))
  t.is(await linked(ada.id), 0)
})

test.serial('signing in to another account connects neither account', async t => {
  const { ada, there } = await accountAndIdentity()
  const bob = await makePerson(gatehouse, { name: 'Bob' })
  const started = await setup.signInThrough(there)
  await started.browser.submit({ email: bob.email, password: bob.password })
  t.is((await setup.claims(started)).sub, bob.id)
  t.deepEqual([await linked(ada.id), await linked(bob.id)], [0, 0])
  t.is((await setup.signInThrough(there)).browser.heading, CONNECT)
})

test.serial('U-06: a pending identity belongs to one browser, and cannot take over a verified account', async t => {
  const { ada, there } = await accountAndIdentity()
  const { browser } = await setup.signInThrough(there)
  t.is(browser.document.querySelector('form[action$="/take-over-account"]'), null)
  const page = new URL(browser.page.url).pathname
  const csrf = browser.field('csrf') ?? ''
  const origin = new URL(gatehouse.url).origin
  const post = (action: string, body: Record<string, string>, headers: Record<string, string>) =>
    browser.fetch(`${page}/${action}`, { method: 'POST', body: new URLSearchParams(body), headers })
  t.is((await post('take-over-account', { csrf }, { origin })).headers.get('location'), page)
  t.is((await post('take-over-account', {}, { origin })).status, 403)
  t.is((await post('discard-identity', { csrf }, { origin: 'https://evil.example' })).status, 403)
  t.is((await browser.fetch(`${page}/take-over-account`)).status, 404)
  const thief = browser.copy()
  for (const [key, { name }] of thief.cookies) if (name === 'gatehouse_form') thief.cookies.delete(key)
  await thief.open(page)
  t.not(thief.heading, CONNECT)
  t.is((await browser.open(page)).heading, CONNECT)
  await browser.submit({ password: ada.password })
  t.is(await linked(ada.id), 1)
})

test.serial('U-02: the owner of an email takes over a pre-registered, unverified account that has it', async t => {
  const { ada: attackers, there } = await accountAndIdentity({ verified: false })
  const { browser: attacker } = await rp.signIn(attackers)
  const started = await setup.signInThrough(there)
  t.is(started.browser.heading, CONNECT)
  await started.browser.submit({}, { action: '/take-over-account' })
  const claims = await setup.claims(started)
  t.is(claims.sub, attackers.id)
  t.like(claims, { email: attackers.email, email_verified: true })
  t.deepEqual(claims.amr, ['fed'])
  const none = await attacker.open((await rp.begin({ prompt: 'none' })).url.href)
  t.is(new URL(none.page.url).searchParams.get('error'), 'login_required')
  const again = await setup.signInPage()
  await again.browser.submit({ email: attackers.email, password: attackers.password })
  t.is(again.browser.page.status, 401)
  t.true((await changes(attackers.email)).includes('account-taken-over'))
})

test.serial('U-01: an unverified email does not connect the account that has it', async t => {
  const { ada } = await accountAndIdentity()
  const answers = []
  for (const email of [ada.email, 'nobody@example.org', undefined]) {
    const there = setup.upstreamPerson({ email_verified: 'true', ...(email ? { email } : { email: null }) })
    const started = await setup.signInThrough(there)
    answers.push(started.browser.heading)
    if (email === 'nobody@example.org') t.true(atApplication(started.browser))
    else t.is(started.browser.heading, 'What is your address?')
  }
  t.is(await linked(ada.id), 0)
})

test.serial('a person without an email enters one, and an email that is taken is refused', async t => {
  const { ada } = await accountAndIdentity()
  const started = await setup.signInThrough(setup.upstreamPerson({ email: null }))
  const { browser } = started
  t.is(browser.heading, 'What is your address?')
  t.is(browser.field('name'), 'Ada')
  await browser.submit({ email: 'not an address' })
  t.is(browser.page.status, 422)
  t.truthy(browser.document.querySelector('#email-problem'))
  await browser.submit({ email: ada.email })
  t.is(browser.page.status, 422)
  await browser.submit({ email: `new-${ada.email}` })
  const claims = await setup.claims(started)
  t.like(claims, { email: `new-${ada.email}`, email_verified: false })
  t.deepEqual(claims.amr, ['fed'])
})

test.serial('a password typed in another tab is still checked while an identity is pending', async t => {
  const { ada } = await accountAndIdentity()
  const started = await setup.signInPage()
  const tab = started.browser.copy()
  tab.page = started.browser.page
  await press(started.browser)
  await upstream.through(started.browser, { as: setup.upstreamPerson({ email: null }) })
  await tab.submit({ email: ada.email, password: 'wrong' })
  t.is(tab.page.status, 401)
  t.is(tab.heading, 'Sign in')
  await tab.submit({ email: ada.email, password: ada.password })
  t.is((await setup.claims({ ...started, browser: tab })).sub, ada.id)
  t.is(await linked(ada.id), 0)
})
