import { randomUUID } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { emailTo } from '../support/emails.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, type Person, setPassword } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { FIREFOX, SAFARI } from '../support/user-agents.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({
  clock,
  env: { SIGN_IN_LIMIT_ACCOUNT: '5/10m', SIGN_IN_LIMIT_IP: '1000/10m', TRUST_PROXY: '127.0.0.0/8' },
})
const other = await gatehouse.another()
const rp = await RelyingParty.register(gatehouse)
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse
const COOKIE = '/ gatehouse_device'

const browse = (userAgent = FIREFOX, ip = '198.51.100.1') =>
  new Browser(url, { 'user-agent': userAgent, 'x-forwarded-for': ip })
const tokens = (browser: Browser) => browser.cookies.get(COOKIE)?.value.split('.') ?? []
const newDeviceEmails = ({ email }: Person) => queuedEmails(gatehouse, email, 'new-device')

/** Sends a password from the sign-in page. @returns the status of the response; 0 if the browser is at the application */
async function signIn(browser: Browser, { email }: Pick<Person, 'email'>, password: string): Promise<number> {
  await browser.open((await rp.begin({ prompt: 'login' })).url.href)
  await browser.submit({ email, password })
  if (browser.document.querySelector('[name="decision"]')) await browser.submit({ decision: 'allow' })
  return browser.page.status
}

/** Sends wrong passwords from several addresses until the attempts of the account are used up. */
async function useUpAttempts(person: Person): Promise<void> {
  for (let i = 0; i < 5; i += 1) await signIn(browse(SAFARI, `198.51.100.${10 + i}`), person, 'wrong')
  const attacker = browse(SAFARI, '198.51.100.99')
  if ((await signIn(attacker, person, person.password)) !== 429) throw new Error('the account is not locked')
}

test.serial(
  'L-07: while an attacker uses up the attempts of an account, its owner can sign in with a known browser',
  async t => {
    const ada = await makePerson(gatehouse)
    const hers = browse()
    t.is(await signIn(hers, ada, ada.password), 0)
    await useUpAttempts(ada)

    t.is(await signIn(browse(), ada, ada.password), 429)
    t.is(await signIn(hers, ada, 'mistyped'), 401)
    t.is(await signIn(hers, ada, ada.password), 0)
  },
)

test.serial(
  'L-07: with an unknown browser the owner can sign in as soon as one attempt is available again',
  async t => {
    const ada = await makePerson(gatehouse)
    await useUpAttempts(ada)
    const stranger = browse(FIREFOX, '198.51.100.2')
    t.is(await signIn(stranger, ada, ada.password), 429)
    const wait = Number(stranger.page.headers.get('retry-after'))
    t.true(wait > 60 && wait <= 120, `${wait}`)
    t.regex(stranger.text, /Please try again in \d minutes?/)
    clock.advance(wait)
    t.is(await signIn(stranger, ada, ada.password), 0)
  },
)

test.serial('a known browser has its own limit', async t => {
  const ada = await makePerson(gatehouse)
  const hers = browse()
  await signIn(hers, ada, ada.password)
  for (let i = 0; i < 5; i += 1) t.is(await signIn(hers, ada, 'wrong'), 401)
  t.is(await signIn(hers, ada, ada.password), 429)
  t.is(await signIn(browse(), ada, ada.password), 0)
})

test.serial('M-09: the cookie of a known browser gives no extra attempts for another account', async t => {
  const [ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Bob' })]
  const adas = browse()
  await signIn(adas, ada, ada.password)
  await useUpAttempts(bob)
  t.is(await signIn(adas, bob, bob.password), 429)

  await app.scope(async () => app.throttledVerification.unlock(await app.accounts.find(bob.id), { by: operator }))
  t.is(await signIn(adas, bob, bob.password), 0)
  await useUpAttempts(bob)
  await useUpAttempts(ada)
  t.is(await signIn(adas, bob, bob.password), 0)
  t.is(await signIn(adas, ada, ada.password), 0)
})

test.serial('M-09: after a password change or signing out everywhere, no browser is known', async t => {
  const ada = await makePerson(gatehouse)
  const hers = browse()
  await signIn(hers, ada, ada.password)
  clock.advance(1)
  await app.scope(async () => app.signOut.of(await app.accounts.find(ada.id), { by: operator }))
  await useUpAttempts(ada)
  t.is(await signIn(hers, ada, ada.password), 429)

  const bob = await makePerson(gatehouse, { name: 'Bob' })
  const his = browse()
  await signIn(his, bob, bob.password)
  clock.advance(1)
  const next = 'something quite different'
  await setPassword(app, bob.id, next)
  await useUpAttempts({ ...bob, password: next })
  t.is(await signIn(his, bob, next), 429)
})

test.serial('the browser in which the password is changed stays known; the others do not', async t => {
  const ada = await makePerson(gatehouse)
  const [hers, phone] = [browse(), browse(SAFARI)]
  await signIn(phone, ada, ada.password)
  await signIn(hers, ada, ada.password)
  clock.advance(1)
  const next = 'something quite different'
  await hers.open(`${url}/account/security`)
  await hers.submit({ current: ada.password, next })
  t.regex(hers.text, /Your password is changed/)
  const changed = { ...ada, password: next }
  await useUpAttempts(changed)
  t.is(await signIn(phone, changed, next), 429)
  t.is(await signIn(hers, changed, next), 0)
})

test.serial(
  'a planted cookie is not accepted: each sign-in creates a new token, and the server stores only a digest',
  async t => {
    const ada = await makePerson(gatehouse)
    const hers = browse()
    const planted = 'A'.repeat(22)
    hers.cookies.set(COOKIE, { name: 'gatehouse_device', value: planted, path: '/', expires: Number.POSITIVE_INFINITY })
    const thief = hers.copy()
    await signIn(hers, ada, ada.password)
    const first = hers.copy()
    t.is(tokens(hers)[0]?.length, 22)
    t.not(tokens(hers)[0], planted)
    await signIn(hers, ada, ada.password)
    t.not(tokens(hers)[0], tokens(first)[0])
    const rows = JSON.stringify(await app.em.fork().execute('select * from known_browser'))
    for (const token of tokens(hers)) t.false(rows.includes(token))
    await useUpAttempts(ada)
    t.is(await signIn(thief, ada, ada.password), 429)
    t.is(await signIn(first, ada, ada.password), 429)
    t.is(await signIn(hers, ada, ada.password), 0)
  },
)

test.serial('a browser is known for at most five accounts, and sending more tokens has no effect', async t => {
  const people = await Promise.all(Array.from({ length: 7 }, () => makePerson(gatehouse)))
  const shared = browse()
  for (const person of people) t.is(await signIn(shared, person, person.password), 0)
  t.is(tokens(shared).length, 5)
  shared.cookies.get(COOKIE)!.value = Array.from({ length: 150 }, (_, i) => `${i}`.padStart(22, 'x')).join('.')
  t.is(await signIn(shared, people[0]!, people[0]!.password), 0)
  t.is(tokens(shared).length, 5)
  for (const nonsense of ['', '.', '..', "'", '%00', 'x'.repeat(4000)]) {
    shared.cookies.set(COOKIE, {
      name: 'gatehouse_device',
      value: nonsense,
      path: '/',
      expires: Number.POSITIVE_INFINITY,
    })
    t.is(await signIn(shared, people[0]!, people[0]!.password), 0, nonsense)
  }
})

test.serial('no response reveals whether a browser is known or an address has an account', async t => {
  const ada = await makePerson(gatehouse)
  const hers = browse()
  await signIn(hers, ada, ada.password)
  const [stranger, nobody] = [browse(), { ...ada, email: 'nobody@example.org' }]
  const answers = []
  for (const [browser, person] of [
    [hers, ada],
    [stranger, ada],
    [hers, nobody],
    [stranger, nobody],
  ] as const) {
    t.is(await signIn(browser, person, 'wrong'), 401)
    answers.push(
      [...browser.page.headers.keys()]
        .filter(name => name !== 'set-cookie')
        .sort()
        .join(),
    )
  }
  t.is(new Set(answers).size, 1)
})

test.serial(
  'an email reports a sign-in from a new browser, but not the first one or one from a known browser',
  async t => {
    const ada = await makePerson(gatehouse, { emailVerified: true })
    const hers = browse()
    await signIn(hers, ada, ada.password)
    await signIn(hers, ada, ada.password)
    t.deepEqual(await newDeviceEmails(ada), [])
    await signIn(browse(SAFARI, '203.0.113.7'), ada, 'wrong')
    t.deepEqual(await newDeviceEmails(ada), [])

    await signIn(browse(SAFARI, '203.0.113.7'), ada, ada.password)
    const [sent, ...more] = await newDeviceEmails(ada)
    t.deepEqual(more, [])
    t.like(sent, { to: ada.email, locale: 'en', data: { name: ada.name, userAgent: SAFARI, ip: '203.0.113.7' } })
    t.true(Math.abs(Date.parse(sent!.data.when!) - clock.now().getTime()) < 120_000)
    const [, token] = new RegExp(`^${url}/report-compromise/([\\w-]{43})$`).exec(sent!.data.link!) ?? []
    const { account } = (await app.scope(() => app.links.look('report-compromise', token!)))!
    t.is(account?.id, ada.id)
  },
)

test.serial(
  'F-25: the email about a new browser does not contain the name from an unverified registration',
  async t => {
    const prize = 'You have won our prize'
    const email = `victim-${randomUUID()}@example.org`
    const password = 'rather long and rare'
    const stranger = await browse().open((await rp.begin()).url.href)
    await stranger.follow('Create an account')
    await stranger.submit({ email, name: prize, password })
    for (const browser of [stranger, browse(SAFARI)]) await signIn(browser, { email }, password)
    const { subject, text, html } = await emailTo(app, email, 'new-device')
    t.is(subject, 'A sign-in from a new device')
    t.notRegex(`${text}${html}`, new RegExp(prize))
    t.true(text.startsWith('Hello,'))
  },
)

test.serial('repeated sign-ins from new browsers do not flood the inbox', async t => {
  const ada = await makePerson(gatehouse)
  for (let i = 0; i < 9; i += 1) await signIn(browse(), ada, ada.password)
  t.is((await newDeviceEmails(ada)).length, 4)
  clock.advance(3700)
  await signIn(browse(), ada, ada.password)
  t.is((await newDeviceEmails(ada)).length, 5)
})

test.serial('a browser that is known in one process is known in the others', async t => {
  const ada = await makePerson(gatehouse)
  const hers = browse()
  await signIn(hers, ada, ada.password)
  await useUpAttempts(ada)
  const by = { kind: 'visitor', id: null, ip: '198.51.100.3', userAgent: FIREFOX } as const
  const signInOnOtherProcess = (browserTokens: string[]) =>
    other.app.scope(() => other.app.signIn.withPassword({ ...ada, browserTokens }, { by }))
  await t.throwsAsync(signInOnOtherProcess([]), { message: /too many attempts/ })
  t.is((await signInOnOtherProcess(tokens(hers))).account.id, ada.id)
})

test.serial('a browser is no longer known half a year after its last sign-in', async t => {
  const ada = await makePerson(gatehouse)
  const account = await app.scope(() => app.accounts.find(ada.id))
  const keep = await app.scope(() => app.completedSignIns.rememberBrowser(account, []))
  const known = () => app.scope(async () => (await app.knownBrowsers.find(account, keep)) !== null)
  t.true(await known())
  clock.advance(179 * 86_400)
  t.true(await known())
  clock.advance(2 * 86_400)
  t.false(await known())
})
