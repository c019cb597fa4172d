import test, { type ExecutionContext } from 'ava'
import { decodeJwt } from 'jose'
import * as client from 'openid-client'
import { operator } from '../../src/base/actor.ts'
import { Keyring } from '../credentials/keyring.ts'
import { addApp } from '../support/authenticator-app.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { type Begun, RelyingParty } from '../support/relying-party.ts'
import { TimeTravel } from '../support/time-travel.ts'

const [ONE, TWO, PHISHING_RESISTANT] = ['1fa', '2fa', 'phr'].map(level => `urn:gatehouse:acr:${level}`) as [
  string,
  string,
  string,
]
const REFEDS = 'https://refeds.org/profile/mfa'
const AAL = 'http://idmanagement.gov/ns/assurance/aal/2'
const API = 'https://api.example.org'
const HOUR = 60 * 60

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' } })
const { app, url } = gatehouse
const keyring = new Keyring(gatehouse)
await app.scope(() => app.resources.register({ id: API, name: 'API', scopes: [{ name: 'read' }] }, { by: operator }))
const rp = await RelyingParty.register(gatehouse, {
  firstParty: true,
  scopes: ['openid', 'profile', 'email', 'roles', 'offline_access', 'read'],
})
test.after.always(() => gatehouse.stop())

/** A person who signed in with a password an hour ago, and added an authenticator app afterwards. */
async function oneFactor(t: ExecutionContext) {
  const time = new TimeTravel(t)
  const ada = await makePerson(gatehouse)
  const { browser, tokens } = await rp.signIn(ada)
  t.like(tokens.claims(), { acr: ONE, amr: ['pwd'] })
  const { authenticator } = await addApp(gatehouse, ada.id)
  time.pass(HOUR)
  return { time, ada, browser, authenticator, since: Number(tokens.claims()!.auth_time) }
}

/** The same person, signed in with the code too. */
async function twoFactors(t: ExecutionContext) {
  const { ada, authenticator, time } = await oneFactor(t)
  const browser = new Browser(url)
  const begun = await open(browser)
  await password(browser, ada)
  await browser.submit({ code: authenticator.code() })
  const since = Number((await rp.redeem(begun, browser)).claims()!.auth_time)
  time.pass(HOUR)
  return { time, ada, browser, authenticator, since }
}

async function open(browser: Browser, parameters: Record<string, string> = {}): Promise<Begun> {
  const begun = await rp.begin(parameters)
  await browser.open(begun.url.href)
  return begun
}

const password = (browser: Browser, ada: Person) => browser.submit({ email: ada.email, password: ada.password })
const claimsFor = (acr: object) => ({ claims: JSON.stringify({ id_token: { acr } }) })
const withPromptNone = (parameters: Record<string, string>) => ({ ...parameters, prompt: 'none' })
const error = (browser: Browser) => new URL(browser.page.url).searchParams.get('error')
const claimsOf = async (begun: Begun, browser: Browser) => (await rp.redeem(begun, browser)).claims()!

test('discovery lists every supported acr value', t => {
  const { acr_values_supported: values, claims_supported: claims, ...metadata } = rp.configuration.serverMetadata()
  for (const value of [ONE, TWO, PHISHING_RESISTANT, 'phr', REFEDS, AAL]) t.true(values!.includes(value), value)
  for (const claim of ['acr', 'amr', 'auth_time']) t.true(claims!.includes(claim), claim)
  t.true(metadata.claims_parameter_supported)
})

test.serial(
  'M-07: a session with one factor is asked for the second; ID token, JWT access token and introspection agree',
  async t => {
    const { browser, authenticator, since } = await oneFactor(t)
    const begun = await open(browser, { acr_values: TWO, scope: 'openid roles read', resource: API })
    t.is(browser.heading, 'One more step')
    t.is(browser.field('password'), undefined, 'only the missing factor is requested')
    await browser.submit({ code: authenticator.code() })
    const expected = { acr: TWO, amr: ['pwd', 'otp', 'mfa'], auth_time: since }
    const tokens = await rp.redeem(begun, browser)
    t.like(tokens.claims(), expected)
    t.like(decodeJwt(tokens.access_token), expected)

    const silent = await open(browser, withPromptNone({ acr_values: REFEDS }))
    const { access_token: token } = await rp.redeem(silent, browser)
    const introspected = await client.tokenIntrospection(rp.configuration, token)
    t.like(introspected, { active: true, ...expected, acr: REFEDS })
  },
)

for (const [what, asked] of Object.entries<Record<string, string>>({
  'an acr_values name of another standard': { acr_values: AAL },
  'acr_values with an unknown first value': { acr_values: `urn:example:gold ${AAL}` },
  'an essential claim with one value': claimsFor({ value: AAL, essential: true }),
  'an essential claim with several values': claimsFor({ values: ['urn:example:gold', AAL], essential: true }),
  'a voluntary claim with several values': claimsFor({ values: [AAL, TWO] }),
  'an essential claim with weaker acr_values': { ...claimsFor({ value: AAL, essential: true }), acr_values: ONE },
})) {
  test.serial(
    `M-07: ${what} requires a code, fails with prompt=none, and the acr claim has the requested name`,
    async t => {
      const { browser, authenticator } = await oneFactor(t)
      const silent = browser.copy()
      await open(silent, withPromptNone(asked))
      t.is(error(silent), 'login_required')
      const begun = await open(browser, asked)
      t.is(browser.heading, 'One more step')
      await browser.submit({ code: authenticator.code() })
      t.is((await claimsOf(begun, browser)).acr, AAL)
      const again = await open(browser, withPromptNone(asked))
      t.is((await claimsOf(again, browser)).acr, AAL)
    },
  )
}

test.serial('M-07: the acr claim is the level that the session has reached, whatever was requested', async t => {
  const { browser } = await oneFactor(t)
  const either = await open(browser, { acr_values: `${TWO} ${ONE}` })
  t.is((await claimsOf(either, browser)).acr, ONE, 'one factor is sufficient')
  for (const parameters of [{ acr_values: 'urn:example:gold' }, claimsFor({ essential: true }), claimsFor({})])
    t.is((await claimsOf(await open(browser, parameters), browser)).acr, ONE)
  for (const values of [['urn:example:gold'], 'urn:gatehouse:acr:2fa', []]) {
    await open(browser, claimsFor({ essential: true, values }))
    t.is(error(browser), 'unmet_authentication_requirements', String(values))
  }
})

test.serial('M-07: a session with two factors is asked only for a passkey if one is required', async t => {
  const { browser, ada, since } = await twoFactors(t)
  const key = keyring.newKey()
  await keyring.add(ada.id, key)
  const begun = await open(browser, { acr_values: PHISHING_RESISTANT })
  t.is(browser.heading, 'One more step')
  t.is(browser.field('code'), undefined)
  const form = browser.document.querySelector('form[action$="/passkey-factor"]')!
  const response = JSON.stringify(key.get(JSON.parse(form.getAttribute('data-options')!)))
  await browser.submit({ response }, { action: '/passkey-factor' })
  t.like(await claimsOf(begun, browser), {
    acr: PHISHING_RESISTANT,
    amr: ['pwd', 'otp', 'hwk', 'user', 'mfa'],
    auth_time: since,
  })
  for (const acr of ['phr', REFEDS, ONE])
    t.is((await claimsOf(await open(browser, withPromptNone({ acr_values: acr })), browser)).acr, acr)
})

test.serial('M-07: if a passkey is required, a person without one signs in again before adding it', async t => {
  const { browser, ada } = await twoFactors(t)
  await open(browser, withPromptNone({ acr_values: PHISHING_RESISTANT }))
  t.is(error(browser), 'login_required')
  await open(browser, { acr_values: `${PHISHING_RESISTANT} phr` })
  t.is(browser.heading, 'Sign in')
  await password(browser, ada)
  t.is(browser.heading, 'One more step')
  t.is(error(browser), null)
})

for (const [what, asked] of Object.entries<Record<string, string>>({
  max_age: { max_age: '600' },
  'max_age and acr': { max_age: '600', acr_values: TWO },
  'prompt=login': { prompt: 'login' },
  'prompt=login and acr': { prompt: 'login', acr_values: TWO },
})) {
  test.serial(`S-11: ${what} requires both factors again, and one recent factor is not enough`, async t => {
    const { browser, ada, authenticator, since } = await twoFactors(t)
    if (asked.max_age) {
      const silent = browser.copy()
      await open(silent, withPromptNone(asked))
      t.is(error(silent), 'login_required')
    }
    const begun = await open(browser, asked)
    t.is(browser.heading, 'Sign in')
    await password(browser, ada)
    t.is(browser.heading, 'One more step')
    const incomplete = browser.copy()
    await open(incomplete, { ...asked, ...(asked.max_age ? { prompt: 'none' } : {}) })
    t.is(incomplete.page.url.includes('code='), false)
    await browser.submit({ code: authenticator.code() })
    const claims = await claimsOf(begun, browser)
    t.like(claims, { acr: TWO, amr: ['pwd', 'otp', 'mfa'] })
    t.is(claims.auth_time, since + HOUR)
  })
}

test.serial('S-11: a recent session with one factor is stepped up and keeps its sign-in time', async t => {
  const { browser, authenticator, since } = await oneFactor(t)
  const begun = await open(browser, { acr_values: TWO, max_age: String(2 * HOUR) })
  t.is(browser.heading, 'One more step')
  await browser.submit({ code: authenticator.code() })
  t.like(await claimsOf(begun, browser), { acr: TWO, auth_time: since })
})

test.serial('S-11: a session that becomes too old during a step-up is asked for all factors', async t => {
  const { browser, ada, authenticator, time, since } = await oneFactor(t)
  const begun = await open(browser, { acr_values: TWO, max_age: String(HOUR + 60) })
  t.is(browser.heading, 'One more step')
  time.pass(120)
  await browser.submit({ code: authenticator.code() })
  t.is(browser.heading, 'Sign in')
  time.pass(30)
  await password(browser, ada)
  await browser.submit({ code: authenticator.code() })
  t.is((await claimsOf(begun, browser)).auth_time, since + HOUR + 150)
})

test.serial('M-06: a refresh keeps acr, amr and auth_time of the sign-in', async t => {
  const { browser, authenticator, time, since } = await oneFactor(t)
  const asked = { scope: 'openid read', resource: API }
  const weak = await rp.redeem(await open(browser, asked), browser)
  const begun = await open(browser, { ...asked, acr_values: TWO })
  await browser.submit({ code: authenticator.code() })
  const strong = await rp.redeem(begun, browser)
  time.pass(300)
  for (const [tokens, expected] of [
    [weak, { acr: ONE, amr: ['pwd'], auth_time: since }],
    [strong, { acr: TWO, amr: ['pwd', 'otp', 'mfa'], auth_time: since }],
  ] as const) {
    let refreshToken = tokens.refresh_token!
    for (let round = 0; round < 2; round++) {
      const fresh = await rp.refresh(refreshToken, { resource: API, acr_values: PHISHING_RESISTANT, max_age: '0' })
      t.like(fresh.claims(), expected)
      t.like(decodeJwt(fresh.access_token), expected)
      refreshToken = fresh.refresh_token!
    }
  }
})

test.serial('M-06: a password that was reset by email counts as one factor only', async t => {
  const { ada, authenticator } = await twoFactors(t)
  const browser = await new Browser(url).open(`${url}/forgot-password`)
  await browser.submit({ email: ada.email })
  await browser.open((await queuedEmails(gatehouse, ada.email, 'reset-password')).at(-1)!.data.link!)
  const changed = { ...ada, password: 'a quite different horse' }
  await browser.submit({ password: changed.password })
  await open(browser, withPromptNone({}))
  t.is(error(browser), 'login_required', 'the email alone does not sign anyone in')
  const begun = await open(browser)
  await password(browser, changed)
  t.is(browser.heading, 'One more step')
  await browser.submit({ code: authenticator.code() })
  t.like(await claimsOf(begun, browser), { acr: TWO, amr: ['pwd', 'otp', 'mfa'] })
})
