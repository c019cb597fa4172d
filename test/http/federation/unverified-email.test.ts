import test from 'ava'
import { Browser } from '../../support/browser.ts'
import { emailTo } from '../../support/emails.ts'
import { makePerson } from '../../support/people.ts'
import { queuedEmails } from '../../support/queued-emails.ts'
import { atApplication, FederationSetup } from './federation-setup.ts'

const setup = await FederationSetup.start({ env: { EMAIL_VERIFICATION: 'required' } })
test.after.always(() => setup.stop())
const { gatehouse } = setup
const { app, url } = gatehouse

test.serial('an email verified by the provider needs no verification', async t => {
  const ada = setup.upstreamPerson()
  t.like(await setup.claims(await setup.signInThrough(ada)), { email: String(ada.email), email_verified: true })
  t.deepEqual(await queuedEmails(gatehouse, String(ada.email), 'verify-email'), [])
})

test.serial('an unverified email is verified by a link, and the sign-in continues', async t => {
  const ada = setup.upstreamPerson({ email_verified: false })
  const started = await setup.signInThrough(ada)
  const { browser } = started
  t.is(browser.heading, 'What is your address?')
  t.is(browser.field('email'), String(ada.email))
  await browser.submit({ email: String(ada.email) })
  t.is(browser.heading, 'Look into your mail')
  await browser.open((await emailTo(app, String(ada.email))).link)
  await browser.submit()
  if (!atApplication(browser))
    await browser.open(browser.document.querySelector('a.button')?.getAttribute('href') ?? '')
  const claims = await setup.claims(started)
  t.like(claims, { email: String(ada.email), email_verified: true })
  t.deepEqual(claims.amr, ['fed'])
  t.is((await setup.claims(await setup.signInThrough(ada))).sub, claims.sub)
})

test.serial('U-01: an email that is taken gets the same response, and nothing is connected', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await setup.signInThrough(setup.upstreamPerson({ email_verified: false, email: ada.email }))
  t.is(browser.heading, 'What is your address?')
  await browser.submit({ email: ada.email })
  t.is(browser.heading, 'Look into your mail')
  t.is(await app.scope(async () => (await app.identityLinks.of(ada.id)).length), 0)
  const none = await new Browser(url).open((await setup.rp.begin({ prompt: 'none' })).url.href)
  t.is(new URL(none.page.url).searchParams.get('error'), 'login_required')
  await browser.follow('Back')
  t.is(browser.heading, 'Sign in')
})
