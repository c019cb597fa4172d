import test from 'ava'
import { OneTimeLink } from '../../src/links/one-time-link.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { askForEmail, signInEmail } from '../support/email-sign-in.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

/** Signing in by email verifies the address; what was set up before that may be a stranger's. */

const clock = new MovingClock()
const env = { SIGN_IN_BY_EMAIL: 'on', SIGN_IN_LIMIT_IP: '1000/1h', EMAIL_LIMIT_IP: '1000/1h' }
const [free, strict, off] = await Promise.all([
  startGatehouse({ clock, env }),
  startGatehouse({ clock, env: { ...env, EMAIL_VERIFICATION: 'required' } }),
  startGatehouse({ clock }),
])
test.after.always(() => Promise.all([free.stop(), strict.stop(), off.stop()]))

/** Requests an email in that browser, and types its code. */
async function byEmail(gatehouse: typeof free, rp: RelyingParty, email: string, browser = new Browser(gatehouse.url)) {
  const begun = await rp.begin({ prompt: 'login', scope: 'openid email' })
  await browser.open(begun.url.href)
  await askForEmail(browser, email)
  await browser.submit({ code: (await signInEmail(gatehouse, email)).code })
  return { browser, begun }
}
const find = ({ app }: typeof free, id: string) => app.scope(() => app.accounts.find(id))
const signsIn = async (rp: RelyingParty, email: string) => {
  const browser = await new Browser(rp.gatehouse.url).open((await rp.begin()).url.href)
  await browser.submit({ email, password: PASSWORD })
  return browser.page.status !== 401
}

test.serial('a sign-in by email verifies the address, and removes what a stranger had set up', async t => {
  const rp = await RelyingParty.register(free)
  const ada = await makePerson(free)
  const stranger = await rp.signInToStay(ada)
  clock.advance(2)
  const { browser, begun } = await byEmail(free, rp, ada.email)
  await browser.submit({ decision: 'allow' })
  t.true((await rp.redeem(begun, browser)).claims()?.email_verified === true)
  t.true((await find(free, ada.id)).emailVerified)

  t.false(await signsIn(rp, ada.email))
  await t.throwsAsync(rp.refresh(stranger.tokens.refresh_token!))
  await stranger.browser.open((await rp.begin()).url.href)
  t.is(stranger.browser.heading, 'Sign in')
  const sent = await queuedEmails(free, ada.email, 'factor-changed')
  t.deepEqual(
    sent.map(({ data }) => data.change),
    ['password-forgotten'],
  )
  const kinds = (await free.app.scope(() => free.app.audit.of(ada.id))).map(({ kind }) => kind)
  t.true(kinds.includes('email.verified') && kinds.includes('password.removed'))
  t.false((await byEmail(free, rp, ada.email)).browser.text.includes('did not work'), 'signing in by email works again')
})

test('a person who is signed in and signs in again by email stays signed in', async t => {
  const rp = await RelyingParty.register(free, { firstParty: true })
  const ada = await makePerson(free)
  const { browser } = await rp.signIn(ada)
  const { begun } = await byEmail(free, rp, ada.email, browser)
  t.is((await rp.redeem(begun, browser)).claims()?.sub, ada.id)
  t.is((await free.app.scope(() => free.app.sessions.of(ada.id))).length, 1)
})

test.serial(
  'M-06: a sign-in by email removes no second factor, and verifies no email of an account with one',
  async t => {
    const rp = await RelyingParty.register(free, { firstParty: true })
    const ada = await makePerson(free)
    const { authenticator } = await addApp(free, ada.id)
    clock.advance(60)
    const { browser, begun } = await byEmail(free, rp, ada.email)
    t.is(browser.heading, 'One more step')
    t.false((await find(free, ada.id)).emailVerified)
    t.true(await signsIn(rp, ada.email))
    await browser.submit({ code: authenticator.code() })
    t.is((await rp.redeem(begun, browser)).claims()?.email_verified, false)

    const unverified = await makePerson(strict)
    await addApp(strict, unverified.id)
    const attempt = await byEmail(strict, await RelyingParty.register(strict), unverified.email)
    t.is(attempt.browser.page.status, 401)
  },
)

test('a pending registration is not signed in when its email is verified by signing in', async t => {
  const rp = await RelyingParty.register(strict, { firstParty: true })
  const email = 'victim@example.org'
  const stranger = await new Browser(strict.url).open((await rp.begin()).url.href)
  await stranger.follow('Create an account')
  await stranger.submit({ email, password: PASSWORD })
  t.is(stranger.heading, 'Look into your mail')
  const { browser, begun } = await byEmail(strict, rp, email)
  t.is((await rp.redeem(begun, browser)).claims()?.email_verified, true)
  await stranger.follow('Go on')
  t.is(stranger.heading, 'Look into your mail')
  t.false(await signsIn(rp, email))
})

test('sign-in by email is off by default: no page offers it and no route accepts it', async t => {
  const rp = await RelyingParty.register(off)
  const browser = await new Browser(off.url).open((await rp.begin()).url.href)
  t.false(browser.text.includes('letter'))
  const here = browser.page.url
  const body = new URLSearchParams({ csrf: browser.field('csrf')!, email: 'ada@example.org', code: 'x' })
  const headers = { origin: new URL(off.url).origin }
  for (const path of ['email', 'email-code', 'email/token']) {
    t.is((await browser.fetch(`${here}/${path}`)).status, 404, path)
    const answer = await browser.fetch(`${here}/${path}`, { method: 'POST', body, headers })
    t.is(answer.status, path === 'email/token' ? 403 : 404, path)
  }
  t.is(await off.app.scope(() => off.app.em.count(OneTimeLink, { purpose: 'sign-in' })), 0)
})
