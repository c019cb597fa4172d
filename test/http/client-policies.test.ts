import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { scan } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const open = await RelyingParty.register(gatehouse, { firstParty: true })
const proven = await RelyingParty.register(gatehouse, { firstParty: true, verifiedEmailRequired: true })
const guarded = await RelyingParty.register(gatehouse, { firstParty: true, secondFactorRequired: true })
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

const inside = (browser: Browser) => new URL(browser.page.url).searchParams.has('code')
const refreshed = (rp: RelyingParty, token: string) =>
  rp.post('/token', { grant_type: 'refresh_token', refresh_token: token })
const error = (browser: Browser) => new URL(browser.page.url).searchParams.get('error')

async function visit(rp: RelyingParty, { email, password }: Person, browser = new Browser(url)) {
  await browser.open((await rp.begin()).url.href)
  if (browser.field('password') !== undefined) await browser.submit({ email, password })
  return browser
}

test.serial('an application can require a verified email: other people are asked to verify theirs', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await visit(open, ada)
  t.true(inside(browser))

  await browser.open((await proven.begin({ prompt: 'none' })).url.href)
  t.is(error(browser), 'interaction_required')
  await visit(proven, ada, browser)
  t.is(browser.heading, 'Confirm your address')
  t.is((await queuedEmails(gatehouse, ada.email, 'verify-email')).length, 0, 'nobody is written to unasked')
  await browser.submit({}, { action: '/verify-email' })
  t.is(browser.heading, 'Look into your mail')
  const here = browser.copy()
  await here.open(browser.document.querySelector('.actions a')!.getAttribute('href')!)
  t.is(here.heading, 'Confirm your address', 'the email has to be answered')

  await browser.open((await queuedEmails(gatehouse, ada.email, 'verify-email')).at(-1)!.data.link!)
  await browser.submit({}, { action: browser.document.querySelector('form')!.getAttribute('action')! })
  t.true(inside(browser), 'and then they go on where they began')
  t.true((await app.scope(() => app.accounts.find(ada.id))).emailVerified)
  t.true(inside(await visit(proven, ada)))
})

test.serial('a person who signs in to such an application with an unverified email verifies it first', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await visit(proven, ada)
  t.is(browser.heading, 'Confirm your address')
  await browser.open((await open.begin({ prompt: 'none' })).url.href)
  t.is(error(browser), 'login_required')
})

test.serial('tokens from before an application required a verified email do not work until it is verified', async t => {
  const ada = await makePerson(gatehouse)
  const later = await RelyingParty.register(gatehouse, { firstParty: true })
  const { tokens } = await later.signInToStay(ada)
  const { refresh_token: again } = await later.refresh(tokens.refresh_token!)
  const demand = (verifiedEmailRequired: boolean) =>
    app.scope(() => app.clients.update(later.id, { verifiedEmailRequired }, { by: operator }))
  await demand(true)

  t.true(await eventually(async () => (await refreshed(later, again!)).status === 400))
  t.like(await refreshed(later, again!), { status: 400, body: { error: 'invalid_grant' } })
  await t.throwsAsync(later.userinfo(tokens.access_token, ada.id))
  await app.scope(async () => app.verification.markVerified(await app.accounts.find(ada.id), { by: operator }))
  t.true(await eventually(async () => inside(await visit(later, ada))))
})

test.serial('an application can require a second factor: other people set one up during the sign-in', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await visit(open, ada)
  t.true(inside(browser))
  await browser.open((await guarded.begin({ prompt: 'none' })).url.href)
  t.is(error(browser), 'login_required')
  await visit(guarded, ada, browser)
  t.is(browser.heading, 'Protect your account')
  await browser.submit({ code: scan(browser, clock).code() })
  await browser.submit({}, { action: '/codes-saved' })
  t.true(inside(browser))
  clock.advance(60)
  t.is((await visit(open, ada)).heading, 'One more step', 'who has one is asked for it everywhere')
})
