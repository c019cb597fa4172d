import test from 'ava'
import { Keyring } from '../credentials/keyring.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person, setPassword } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: { SECOND_FACTOR_LIMIT: '5/25m', SIGN_IN_LIMIT_IP: '1000/1h' },
})
const other = await gatehouse.another()
const rp = await RelyingParty.register(gatehouse, { firstParty: true })
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse

async function personWithApp() {
  const ada = await makePerson(gatehouse)
  const { authenticator, recoveryCodes } = await addApp(gatehouse, ada.id)
  clock.advance(60)
  return { ada, authenticator, recoveryCodes }
}

/** Signs in with the password, up to the next step. */
async function afterPassword({ email, password }: Person, browser = new Browser(url)) {
  const begun = await rp.begin()
  await browser.open(begun.url.href)
  await browser.submit({ email, password })
  return { browser, begun }
}

const signedIn = async (browser: Browser) =>
  new URL((await browser.copy().open((await rp.begin({ prompt: 'none' })).url.href)).page.url).searchParams.has('code')
const kinds = async ({ id }: Person) => (await app.scope(() => app.audit.of(id))).map(({ kind }) => kind)

test.serial('a password and a code of the authenticator app sign in, and the ID token reports both', async t => {
  const { ada, authenticator } = await personWithApp()
  const { browser, begun } = await afterPassword(ada)
  t.is(browser.heading, 'One more step')
  await browser.submit({ code: authenticator.code() })
  const tokens = await rp.redeem(begun, browser)
  t.deepEqual(tokens.claims()?.amr, ['pwd', 'otp', 'mfa'])
  t.is(tokens.claims()?.acr, 'urn:gatehouse:acr:2fa')
  t.deepEqual((await kinds(ada)).slice(0, 2), ['sign-in.succeeded', 'sign-in.second-factor-requested'])
})

test.serial('M-01: after the password alone the browser is not signed in anywhere', async t => {
  const { ada } = await personWithApp()
  const { browser } = await afterPassword(ada)
  const here = browser.page.url
  t.false(await signedIn(browser))
  for (const path of ['/account', '/account/security', '/account/sessions'])
    t.not((await browser.copy().open(`${url}${path}`)).heading, 'Your account', path)
  t.is((await browser.fetch(`${url}/api/v1/me`)).status, 401)
  t.is((await browser.fetch(`${url}/me`)).status, 401)
  const uid = new URL(here).pathname.split('/').at(-1)
  const resumed = await browser.copy().open(`${url}/auth/${uid}`)
  t.false(resumed.page.url.startsWith('https://app.example.org'), 'resuming the request does not sign in')
  const csrf = browser.field('csrf')!
  for (const [action, fields] of Object.entries<Record<string, string>>({
    code: {},
    'recovery-code': {},
    'passkey-factor': {},
    consent: { decision: 'allow' },
    skip: {},
    'codes-saved': {},
    'set-up-app': { code: '123456' },
    'set-up-passkey': {},
    continue: {},
  })) {
    const body = new URLSearchParams({ csrf, ...fields })
    const tab = browser.copy()
    await tab.open(`${here}/${action}`, { method: 'POST', body })
    t.false(tab.page.url.startsWith('https://app.example.org'), action)
    t.false(await signedIn(tab), action)
  }
  const tab = await browser.copy().open((await rp.begin()).url.href)
  t.is(tab.heading, 'Sign in')
  t.is((await app.scope(() => app.sessions.of(ada.id))).length, 0)
})

test.serial('M-01: a pending sign-in is bound to the browser, the interaction and the password', async t => {
  const { ada, authenticator } = await personWithApp()
  const { browser } = await afterPassword(ada)
  const elsewhere = await new Browser(url).open(browser.page.url)
  t.not(elsewhere.heading, 'One more step')
  const stolen = browser.copy()
  stolen.cookies.delete('/ gatehouse_form')
  await stolen.open(browser.page.url)
  t.not(stolen.heading, 'One more step')

  await setPassword(app, ada.id, 'another password altogether')
  await browser.submit({ code: authenticator.code() })
  t.is(browser.heading, 'Sign in')
  t.false(await signedIn(browser))
})

test.serial('M-02: a code works once, and earlier or later codes are refused', async t => {
  const { ada, authenticator } = await personWithApp()
  const code = authenticator.code()
  const first = await afterPassword(ada)
  await first.browser.submit({ code })
  t.true(await signedIn(first.browser))
  const second = await afterPassword(ada)
  await second.browser.submit({ code })
  t.is(second.browser.page.status, 401)
  t.regex(second.browser.text, /not right, or was used before/)
  for (const steps of [-3, 3]) {
    await second.browser.submit({ code: authenticator.code(steps) })
    t.is(second.browser.page.status, 401, `${steps}`)
  }
  clock.advance(60)
  await second.browser.submit({ code: authenticator.code(-1) })
  t.true(await signedIn(second.browser))
})

test.serial('M-02: of many browsers that use one code at the same time, in two processes, one signs in', async t => {
  const { ada, authenticator } = await personWithApp()
  const waiting = await Promise.all(
    [url, other.url, url, other.url].map(via => afterPassword(ada, new Browser(url, {}, via))),
  )
  const code = authenticator.code()
  await Promise.all(waiting.map(({ browser }) => browser.submit({ code })))
  t.is(waiting.filter(({ browser }) => browser.page.status === 0).length, 1)
})

test.serial('M-03: wrong codes are counted across sign-ins, browsers and IP addresses', async t => {
  const { ada, authenticator } = await personWithApp()
  for (let i = 0; i < 5; i++) {
    const { browser } = await afterPassword(ada)
    await browser.submit({ code: '000000' }, { headers: { 'x-forwarded-for': `198.51.100.${i}` } })
    t.is(browser.page.status, 401)
  }
  const { browser } = await afterPassword(ada)
  await browser.submit({ code: authenticator.code() })
  t.is(browser.page.status, 429)
  t.true(Number(browser.page.headers.get('retry-after')) > 0)
  await browser.submit({ 'recovery-code': 'whatever' })
  t.is(browser.page.status, 429)
  clock.advance(Number(browser.page.headers.get('retry-after')))
  await browser.submit({ code: authenticator.code() })
  t.true(await signedIn(browser))
})

test.serial('M-05: a recovery code signs in once, however it is typed', async t => {
  const { ada, recoveryCodes } = await personWithApp()
  const [code] = recoveryCodes
  const first = await afterPassword(ada)
  await first.browser.submit({ 'recovery-code': ` ${code!.toLowerCase().replaceAll('-', ' ')} ` })
  t.true(await signedIn(first.browser))
  const second = await afterPassword(ada)
  await second.browser.submit({ 'recovery-code': code! })
  t.is(second.browser.page.status, 401)
  t.false(await signedIn(second.browser))
})

test.serial(
  'M-07: a person with a one-factor session is asked only for the missing factor, and the ID token reports both',
  async t => {
    const ada = await makePerson(gatehouse)
    const { browser } = await afterPassword(ada)
    t.true(await signedIn(browser))
    const { authenticator } = await addApp(gatehouse, ada.id)
    clock.advance(600)

    const none = await browser
      .copy()
      .open((await rp.begin({ prompt: 'none', acr_values: 'urn:gatehouse:acr:2fa' })).url.href)
    t.is(new URL(none.page.url).searchParams.get('error'), 'login_required')

    const begun = await rp.begin({ acr_values: 'urn:gatehouse:acr:2fa' })
    await browser.open(begun.url.href)
    t.is(browser.heading, 'One more step')
    t.is(browser.field('password'), undefined)
    await browser.submit({ code: authenticator.code() })
    const claims = (await rp.redeem(begun, browser)).claims()!
    t.is(claims.acr, 'urn:gatehouse:acr:2fa')
    t.deepEqual(claims.amr, ['pwd', 'otp', 'mfa'])
    t.true(Number(claims.auth_time) <= clock.now().getTime() / 1000 - 600, 'the sign-in is as old as its first factor')

    const again = await rp.begin({ prompt: 'none', acr_values: 'https://refeds.org/profile/mfa' })
    await browser.open(again.url.href)
    t.is((await rp.redeem(again, browser)).claims()!.acr, 'https://refeds.org/profile/mfa')
  },
)

test.serial('an acr that cannot be reached is an error if essential, and ignored if voluntary', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await afterPassword(ada)
  const voluntary = await rp.begin({ acr_values: 'urn:example:gold' })
  await browser.open(voluntary.url.href)
  t.is((await rp.redeem(voluntary, browser)).claims()!.acr, 'urn:gatehouse:acr:1fa')
  const claims = JSON.stringify({ id_token: { acr: { essential: true, value: 'urn:example:gold' } } })
  await browser.open((await rp.begin({ claims })).url.href)
  t.is(new URL(browser.page.url).searchParams.get('error'), 'unmet_authentication_requirements')
})

test.serial(
  'M-09: a trusted browser is not asked for the second factor of its account until the password changes',
  async t => {
    const { ada, authenticator } = await personWithApp()
    const { ada: bob } = await personWithApp()
    const { browser } = await afterPassword(ada)
    await browser.submit({ code: '000000', trust: 'yes' })
    t.truthy(browser.document.querySelector('input[name=trust][checked]'), 'after a wrong code the box stays ticked')
    await browser.submit({ code: authenticator.code(), trust: 'yes' })
    t.true(await signedIn(browser))

    const again = async (person: Person) => {
      const begun = await rp.begin({ prompt: 'login' })
      await browser.open(begun.url.href)
      await browser.submit({ email: person.email, password: person.password })
      return begun
    }
    const begun = await again(ada)
    t.deepEqual((await rp.redeem(begun, browser)).claims()?.amr, ['pwd', 'rba'])
    await browser.open((await rp.begin({ acr_values: 'urn:gatehouse:acr:2fa' })).url.href)
    t.is(browser.heading, 'One more step')
    await again(bob)
    t.is(browser.heading, 'One more step')
    clock.advance(1)
    await setPassword(app, ada.id, ada.password)
    await again(ada)
    t.is(browser.heading, 'One more step')
  },
)

test.serial(
  'a person who has lost all factors can sign in after a waiting time with password and email, and is notified',
  async t => {
    const { ada } = await personWithApp()
    const { browser } = await afterPassword(ada)
    await browser.submit({}, { action: '/lost-factors' })
    t.is(browser.heading, 'We have written to you')
    t.false(await signedIn(browser))
    const sent = (await queuedEmails(gatehouse, ada.email, 'factor-reset-proof')).at(-1)!
    await browser.open(sent.data.link!)
    await browser.submit({}, { action: browser.document.querySelector('form')!.getAttribute('action')! })
    t.is((await afterPassword(ada)).browser.heading, 'One more step')

    clock.advance(3 * 86_400 + 1)
    const later = await afterPassword(ada)
    t.true(await signedIn(later.browser))
    t.true((await kinds(ada)).includes('factors.reset'))
  },
)

test.serial('F-30: failed passkeys as a second factor use up no attempts for codes', async t => {
  const { ada, authenticator } = await personWithApp()
  const keyring = new Keyring(gatehouse)
  await keyring.add(ada.id, keyring.newKey())
  const { browser } = await afterPassword(ada)
  for (let tries = 0; tries < 5; tries += 1) {
    await browser.submit({ response: '{}' }, { action: '/passkey-factor' })
    t.is(browser.page.status, 401)
  }
  await browser.submit({ response: '{}' }, { action: '/passkey-factor' })
  t.is(browser.page.status, 429)
  t.regex(browser.text, /Too many attempts Try a passkey again in .*, or use another method/)
  t.notRegex(browser.text, /not checking codes/)

  await browser.submit({ code: '000000' })
  t.is(browser.page.status, 401, 'codes are still checked')
  clock.advance(60)
  await browser.submit({ code: authenticator.code() })
  t.true(browser.page.url.startsWith('https://app.example.org'))
})
