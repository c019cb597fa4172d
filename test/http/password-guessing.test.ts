import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { StoppedClock } from '../support/stopped-clock.ts'

// The period is so long that no attempt refills while a test runs.
const env = { TRUST_PROXY: 'loopback', SIGN_IN_LIMIT_IP: '100/24h' }
const clock = new StoppedClock(Date.now())
const [gatehouse, brief] = await Promise.all([
  startGatehouse({ env }),
  startGatehouse({ env: { ...env, SIGN_IN_LIMIT_ACCOUNT: '3/5m' }, clock }),
])
const [rp, briefly] = await Promise.all([RelyingParty.register(gatehouse), RelyingParty.register(brief)])
test.after.always(() => Promise.all([gatehouse.stop(), brief.stop()]))

/** Opens a sign-in page; returns a function that sends its form with the IP address that a proxy reports. */
async function attempts(to = rp): Promise<(email: string, password: string, ip: string) => Promise<Response>> {
  const browser = await new Browser(to.gatehouse.url).open((await to.begin()).url.href)
  const form = browser.document.querySelector('form')!
  return (email, password, ip) =>
    browser.fetch(form.getAttribute('action')!, {
      method: 'POST',
      body: new URLSearchParams({ csrf: browser.field('csrf')!, email, password }),
      headers: { origin: new URL(to.gatehouse.url).origin, 'x-forwarded-for': ip },
    })
}

const statuses = (responses: Response[]) => responses.map(({ status }) => status)
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test('L-01: of a hundred wrong passwords from a hundred IP addresses, ten are checked', async t => {
  const [ada, ben] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Ben' })]
  const attempt = await attempts()
  const answers = []
  for (const i of numbers(100)) answers.push(await attempt(ada.email, 'wrong', `203.0.113.${i}`))
  t.deepEqual(statuses(answers), [...Array(10).fill(401), ...Array(90).fill(429)])
  for (const { headers } of answers.slice(10)) {
    const seconds = Number(headers.get('retry-after'))
    t.true(seconds > 0 && seconds <= 900)
  }
  const events = await gatehouse.app.scope(() => gatehouse.app.audit.of(ada.id))
  t.is(events.filter(({ kind }) => kind === 'sign-in.refused').length, 10)

  t.is(
    (await attempt(ada.email, ada.password, '198.51.100.1')).status,
    429,
    'the right password is refused in the same way',
  )
  t.is((await (await attempts())(ben.email, ben.password, '203.0.113.1')).status, 200, 'other accounts can sign in')
})

test('L-01: simultaneous attempts are counted like sequential ones, however the email address is written', async t => {
  const ada = await makePerson(gatehouse)
  const attempt = await attempts()
  const spellings = [ada.email, ada.email.toUpperCase(), ` ${ada.email} `, ada.email.replace('@', '\uff20')]
  const answers = await Promise.all(
    numbers(60).map(i => attempt(spellings[i % spellings.length]!, 'wrong', `203.0.113.${i}`)),
  )
  t.is(statuses(answers).filter(status => status === 401).length, 10)
  t.is(statuses(answers).filter(status => status === 429).length, 50)
})

test.serial(
  'L-01: after the waiting time the account can be tried again, and a right password does not count',
  async t => {
    const ada = await makePerson(brief)
    const attempt = await attempts(briefly)
    const wrong = []
    for (const i of numbers(4)) wrong.push(await attempt(ada.email, 'wrong', `203.0.113.${i}`))
    t.deepEqual(statuses(wrong), [401, 401, 401, 429])
    clock.advance(300)
    for (const i of numbers(8))
      t.is((await (await attempts(briefly))(ada.email, ada.password, `203.0.113.${i}`)).status, 200)
  },
)

test('L-01: an email address without an account is limited in the same way', async t => {
  const attempt = await attempts()
  const answers = []
  for (const i of numbers(12)) answers.push(await attempt('nobody@example.org', 'wrong', `203.0.113.${i}`))
  t.deepEqual(statuses(answers), [...Array(10).fill(401), 429, 429])
})

test('L-02: an IP address that tries a thousand accounts is stopped after a hundred attempts, and no other is', async t => {
  const attempt = await attempts()
  const answers = []
  for (const i of numbers(130)) answers.push(await attempt(`person-${i}@example.org`, 'winter2026', '198.51.100.99'))
  t.deepEqual(statuses(answers), [...Array(100).fill(401), ...Array(30).fill(429)])
  t.truthy(answers.at(-1)!.headers.get('retry-after'))
  t.is((await attempt('person-131@example.org', 'winter2026', '198.51.100.98')).status, 401)
})

test('L-02: all addresses of one IPv6 network are counted together', async t => {
  const attempt = await attempts()
  const answers = []
  for (const i of numbers(102)) {
    const ip = i % 2 ? `2001:db8:1:2::${i.toString(16)}` : `2001:0DB8:0001:0002:${i}:${i}:${i}:${i}`
    answers.push(await attempt(`six-${i}@example.org`, 'winter2026', ip))
  }
  t.deepEqual(statuses(answers.slice(-3)), [401, 429, 429])
  t.is((await attempt('six-103@example.org', 'winter2026', '2001:db8:1:3::1')).status, 401)
})

test('L-06: all forms that take a password share one count', async t => {
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  const attempt = await attempts()
  for (const i of numbers(10)) await attempt(ada.email, 'wrong', `203.0.113.${i}`)
  // Re-authentication in a browser that is not known, and a sign-in from another application.
  browser.cookies.delete('/ gatehouse_device')
  await browser.open((await rp.begin({ prompt: 'login' })).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.is(browser.page.status, 429)
  t.is((await (await attempts(await RelyingParty.register(gatehouse)))(ada.email, 'wrong', '203.0.113.9')).status, 429)

  const granted = await rp.post('/token', { grant_type: 'password', username: ada.email, password: ada.password })
  t.like(granted, { status: 400, body: { error: 'unsupported_grant_type' } })
})

test('F-30: failed passkeys use up no password attempts, and the page says that passkeys are limited', async t => {
  const ada = await makePerson(brief)
  const from = { 'x-forwarded-for': '198.51.100.30' }
  const begun = await briefly.begin()
  const browser = await new Browser(brief.url, from).open(begun.url.href)
  t.truthy(browser.document.querySelector('form[data-passkey-autofill]'))
  for (let tries = 0; browser.page.status !== 429; tries += 1) {
    t.true(tries <= 100)
    await browser.submit({ response: '{}' }, { action: '/passkey' })
    t.is(
      browser.document.querySelector('form[data-passkey-autofill]'),
      null,
      'the browser does not send another passkey by itself',
    )
    t.is(browser.document.querySelector('[name=email]')!.getAttribute('autocomplete'), 'username')
  }
  t.true(Number(browser.page.headers.get('retry-after')) > 0)
  t.regex(browser.text, /Too many attempts Sign in with your password, or try a passkey again in/)
  t.notRegex(browser.text, /not checking passwords/)

  await browser.submit({ email: ada.email, password: 'wrong' })
  t.is(browser.page.status, 401)
  await briefly.visit(begun, ada, browser)
  t.is((await briefly.redeem(begun, browser)).claims()?.sub, ada.id)
})
