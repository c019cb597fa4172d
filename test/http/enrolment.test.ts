import test from 'ava'
import { scan } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const DAY = 24 * 60 * 60
const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: { SECOND_FACTOR_ROLES: 'admin', PASSKEY_OFFER: 'on', SESSION_IDLE_TTL: '14d' },
})
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

async function visit({ email, password }: Person, parameters: Record<string, string> = {}, browser = new Browser(url)) {
  const begun = await rp.begin(parameters)
  await browser.open(begun.url.href)
  if (browser.field('password') !== undefined) await browser.submit({ email, password })
  return { browser, begun }
}

const atApplication = (browser: Browser) => browser.page.url.startsWith('https://app.example.org/callback?code=')
const kinds = async ({ id }: Person) => (await app.scope(() => app.audit.of(id))).map(({ kind }) => kind)

test.serial('an admin without a second factor is guided through setup at sign-in, and gets recovery codes', async t => {
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const { browser, begun } = await visit(ada)
  t.is(browser.heading, 'Protect your account')
  t.is(browser.document.querySelector('form[action$="/skip"]'), null)
  const itsApp = scan(browser, clock)

  await browser.submit({ code: '000000' })
  t.is(browser.page.status, 422)
  t.regex(browser.text, /not the code that the app shows/)
  t.is(scan(browser, clock).code(), itsApp.code(), 'the QR code stays the same')
  await browser.submit({ code: itsApp.code() })
  t.is(browser.heading, 'Keep these codes')
  const codes = browser.document.querySelectorAll('.codes code').map(code => code.textContent)
  t.is(new Set(codes).size, 10)

  await browser.open((await rp.begin({ prompt: 'none' })).url.href)
  t.false(atApplication(browser), 'the person is not signed in before they save the codes')
  await browser.open(`${url}/interaction/${uidOf(browser)}`)
  await browser.submit({}, { action: '/codes-saved' })
  t.true(atApplication(browser))
  const claims = (await rp.redeem(begun, browser)).claims()!
  t.deepEqual([claims.acr, claims.amr], ['urn:gatehouse:acr:2fa', ['pwd', 'otp', 'mfa']])
  t.true((await kinds(ada)).includes('factor.totp-added'))

  const again = await visit(ada)
  t.is(again.browser.heading, 'One more step')
  await again.browser.submit({ 'recovery-code': codes[0]! })
  t.true(atApplication(again.browser))
})

/** The ID of the interaction, from the path of its cookie. */
function uidOf(browser: Browser): string {
  const path = [...browser.cookies.values()].find(({ name }) => name.endsWith('gatehouse_interaction'))?.path ?? ''
  return path.split('/').at(-1)!
}

test.serial(
  'M-07: if an application requires two factors, a person without a second one sets it up after signing in again',
  async t => {
    const ada = await makePerson(gatehouse)
    const { browser } = await visit(ada)
    t.true(atApplication(browser))
    const begun = await rp.begin({ acr_values: 'urn:gatehouse:acr:2fa' })
    await browser.open(begun.url.href)
    t.is(browser.heading, 'Sign in', 'a session alone, which may be stolen, cannot set up a factor')
    await browser.submit({ email: ada.email, password: ada.password })
    t.is(browser.heading, 'Protect your account')
    await browser.submit({ code: scan(browser, clock).code() })
    await browser.submit({}, { action: '/codes-saved' })
    t.is((await rp.redeem(begun, browser)).claims()!.acr, 'urn:gatehouse:acr:2fa')
  },
)

test.serial('only a passkey is accepted if the application requires phishing resistance', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await visit(ada, { acr_values: 'urn:gatehouse:acr:phr' })
  t.is(browser.heading, 'Protect your account')
  t.is(browser.field('proposal'), undefined)
  t.regex(browser.text, /Passkeys need JavaScript/)
})

test.serial(
  'a passkey is offered after a password sign-in, but not on the first day, and not again for 90 days',
  async t => {
    const ada = await makePerson(gatehouse)
    t.true(atApplication((await visit(ada)).browser))
    clock.advance(2 * DAY)
    const offered = await visit(ada)
    t.is(offered.browser.heading, 'Sign in without a password?')
    await offered.browser.submit({}, { action: '/skip' })
    t.true(atApplication(offered.browser))
    clock.advance(30 * DAY)
    t.true(atApplication((await visit(ada)).browser))
    clock.advance(61 * DAY)
    t.is((await visit(ada)).browser.heading, 'Sign in without a password?')
  },
)
