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
const verifiedOnly = await RelyingParty.register(gatehouse, { firstParty: true, verifiedEmailRequired: true })
const secondFactorOnly = await RelyingParty.register(gatehouse, { firstParty: true, secondFactorRequired: true })
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

const signedIn = (browser: Browser) => new URL(browser.page.url).searchParams.has('code')
const refreshed = (rp: RelyingParty, token: string) =>
  rp.post('/token', { grant_type: 'refresh_token', refresh_token: token })
const error = (browser: Browser) => new URL(browser.page.url).searchParams.get('error')

async function visit(rp: RelyingParty, { email, password }: Person, browser = new Browser(url)) {
  await browser.open((await rp.begin()).url.href)
  if (browser.field('password') !== undefined) await browser.submit({ email, password })
  return browser
}

test.serial(
  'an application can require a verified email, and a person without one is asked to verify theirs',
  async t => {
    const ada = await makePerson(gatehouse)
    const browser = await visit(open, ada)
    t.true(signedIn(browser))

    await browser.open((await verifiedOnly.begin({ prompt: 'none' })).url.href)
    t.is(error(browser), 'interaction_required')
    await visit(verifiedOnly, ada, browser)
    t.is(browser.heading, 'Confirm your address')
    t.is(
      (await queuedEmails(gatehouse, ada.email, 'verify-email')).length,
      0,
      'no email is sent before the person asks for it',
    )
    await browser.submit({}, { action: '/verify-email' })
    t.is(browser.heading, 'Look into your mail')
    const here = browser.copy()
    await here.open(browser.document.querySelector('.actions a')!.getAttribute('href')!)
    t.is(here.heading, 'Confirm your address', 'the email must be verified first')

    await browser.open((await queuedEmails(gatehouse, ada.email, 'verify-email')).at(-1)!.data.link!)
    await browser.submit({}, { action: browser.document.querySelector('form')!.getAttribute('action')! })
    t.true(signedIn(browser), 'then the sign-in continues where it started')
    t.true((await app.scope(() => app.accounts.find(ada.id))).emailVerified)
    t.true(signedIn(await visit(verifiedOnly, ada)))
  },
)

test.serial('a person who signs in to such an application with an unverified email verifies it first', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await visit(verifiedOnly, ada)
  t.is(browser.heading, 'Confirm your address')
  await browser.open((await open.begin({ prompt: 'none' })).url.href)
  t.is(error(browser), 'login_required')
})

test.serial(
  'when an application starts to require a verified email, earlier tokens stop working, and a verified person can sign in',
  async t => {
    const ada = await makePerson(gatehouse)
    const later = await RelyingParty.register(gatehouse, { firstParty: true })
    const { tokens } = await later.signInToStay(ada)
    const { refresh_token: again } = await later.refresh(tokens.refresh_token!)
    const requireVerified = (verifiedEmailRequired: boolean) =>
      app.scope(() => app.clients.update(later.id, { verifiedEmailRequired }, { by: operator }))
    await requireVerified(true)

    t.true(await eventually(async () => (await refreshed(later, again!)).status === 400))
    t.like(await refreshed(later, again!), { status: 400, body: { error: 'invalid_grant' } })
    await t.throwsAsync(later.userinfo(tokens.access_token, ada.id))
    await app.scope(async () => app.verification.markVerified(await app.accounts.find(ada.id), { by: operator }))
    t.true(await eventually(async () => signedIn(await visit(later, ada))))
  },
)

test.serial(
  'an application can require a second factor, and a person without one sets it up during the sign-in',
  async t => {
    const ada = await makePerson(gatehouse)
    const browser = await visit(open, ada)
    t.true(signedIn(browser))
    await browser.open((await secondFactorOnly.begin({ prompt: 'none' })).url.href)
    t.is(error(browser), 'login_required')
    await visit(secondFactorOnly, ada, browser)
    t.is(browser.heading, 'Protect your account')
    await browser.submit({ code: scan(browser, clock).code() })
    await browser.submit({}, { action: '/codes-saved' })
    t.true(signedIn(browser))
    clock.advance(60)
    t.is(
      (await visit(open, ada)).heading,
      'One more step',
      'a person with a second factor is asked for it by every application',
    )
  },
)
