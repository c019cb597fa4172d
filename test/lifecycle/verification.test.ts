import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, InvalidInput, TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const env = { EMAIL_VERIFICATION: 'required', EMAIL_LIMIT_IP: '1000/1h', SIGN_IN_LIMIT_IP: '1000/15m' }
const gatehouse = await startGatehouse({ clock, env })
const rp = await RelyingParty.register(gatehouse)
const testAccounts = new TestAccounts(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const DAY = 24 * 60 * 60
const OTHER = 'a password of someone else'

/** Registers in a browser during a sign-in to the application. */
async function register(email: string, password = PASSWORD) {
  const browser = new Browser(url)
  const begun = await rp.begin()
  await browser.open(begun.url.href)
  await browser.follow('Create an account')
  await browser.submit({ email, name: 'Ada', password })
  return { browser, begun }
}

const apply = (email: string, password = PASSWORD, browser: string | null = null, { scope, registration } = app) =>
  scope(() => registration.apply({ email, password }, { by: stranger(), browser }))

const complete = (token: string, proof: { browser?: string; password?: string } = {}) =>
  app.scope(() => app.verification.complete(token, { by: stranger(), ...proof }))

test('a person registers, opens the link in the same browser, and continues to the application', async t => {
  const email = testAccounts.fresh()
  const { browser, begun } = await register(email)
  t.is(browser.heading, 'Look into your mail')
  t.regex(browser.text, new RegExp(email))
  t.deepEqual(await testAccounts.emails(email), ['verify-email'])

  await browser.open(await testAccounts.link(email, 'verify-email'))
  t.is(browser.heading, 'Is this address yours?')
  t.is(browser.document.querySelector('[name="password"]'), null)
  await browser.submit({}, { action: browser.document.querySelector('form')?.getAttribute('action') ?? '' })
  t.regex(browser.heading, /^Allow/)
  await browser.submit({ decision: 'allow' })
  const tokens = await rp.redeem(begun, browser)
  t.like(tokens.claims(), { email, email_verified: true })
  t.deepEqual(await testAccounts.emails(email), ['verify-email', 'welcome'])
})

test('the link opened on a phone needs the password; the browser that registered continues without it', async t => {
  const email = testAccounts.fresh()
  const { browser, begun } = await register(email)
  const phone = await new Browser(url).open(await testAccounts.link(email, 'verify-email'))
  await browser.follow('Go on')
  t.is(browser.heading, 'Look into your mail')

  await phone.submit({ password: 'not the right one', decision: 'confirm' })
  t.is(phone.page.status, 401)
  t.is(phone.heading, 'Is this address yours?')
  t.regex(phone.text, /The password is not right/)
  await phone.submit({ password: PASSWORD, decision: 'confirm' })
  t.is(phone.heading, 'Your address is confirmed')

  await browser.follow('Go on')
  t.regex(browser.heading, /^Allow/)
  await browser.submit({ decision: 'allow' })
  t.like((await rp.redeem(begun, browser)).claims(), { email, email_verified: true })
  t.true((await testAccounts.history((await testAccounts.account(email)).id)).includes('sign-in.succeeded'))
})

test('F-21: before verification no one can sign in, and the right password is refused like a wrong one', async t => {
  const email = testAccounts.fresh()
  await apply(email)
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  for (const password of ['wrong', PASSWORD]) {
    await browser.submit({ email, password })
    t.is(browser.page.status, 401)
    t.regex(browser.text, /address or the password is not right\. If you have just registered/)
  }
  t.deepEqual(await testAccounts.emails(email), ['verify-email'])
})

test('F-21: the email can be sent again, and a password reset verifies the email too', async t => {
  const email = testAccounts.fresh()
  const { browser } = await register(email)
  await browser.submit({}, { action: '/resend' })
  t.regex(browser.text, /We sent the email again/)
  t.deepEqual(await testAccounts.emails(email), ['verify-email', 'verify-email'])
  await browser.follow('Go on')
  await browser.submit({}, { action: '/resend' })
  await browser.open(await testAccounts.link(email, 'verify-email'))
  await browser.submit({ decision: 'confirm' })
  t.regex(browser.heading, /^Allow/)

  const late = testAccounts.fresh()
  await apply(late)
  await app.scope(() => app.passwordReset.request(late, { by: stranger() }))
  const token = await testAccounts.token(late, 'reset-password')
  await app.scope(() => app.passwordReset.complete(token, OTHER, { by: stranger() }))
  t.true(await testAccounts.signsIn(late, OTHER))
})

test('an account that must verify its email later gets the link when it signs in', async t => {
  const { email } = await makePerson(gatehouse)
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  await browser.submit({ email, password: PASSWORD })
  t.is(browser.heading, 'Look into your mail')
  await browser.submit({}, { action: '/resend' })
  t.deepEqual(await testAccounts.emails(email), ['verify-email', 'verify-email'])
  await browser.open(await testAccounts.link(email, 'verify-email'))
  await browser.submit({ decision: 'confirm' })
  t.regex(browser.heading, /^Allow/)
})

test('a session from before verification was required does not bypass it', async t => {
  const { id, email } = await makePerson(gatehouse)
  t.false(await testAccounts.signsIn(email, PASSWORD))
  await testAccounts.with(id, async account => app.verification.markVerified(account, { by: operator }))
  const { tokens } = await rp.signInToStay({ id, email, name: 'Ada', password: PASSWORD })
  await testAccounts.with(id, async account => {
    account.emailVerified = false
    await app.em.flush()
  })
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, id))
})

test('the page after register is the same whether or not the email has an account; its owner is notified', async t => {
  const [ada, fresh] = [await makePerson(gatehouse), testAccounts.fresh()]
  const pages: string[] = []
  for (const email of [ada.email, fresh]) {
    const { browser } = await register(email)
    t.is(browser.page.status, 200)
    const uid = new URL(browser.page.url).pathname.split('/')[2]!
    const names = [...browser.cookies.values()].map(({ name, value, path }) => `${name} ${value.length} ${path}`).sort()
    pages.push(
      [browser.page.html, ...names]
        .join('\n')
        .replaceAll(email, '')
        .replaceAll(uid, '')
        .replace(/name="csrf" value="[^"]*"/g, ''),
    )
    await browser.follow('Go on')
    t.is(browser.heading, 'Look into your mail')
  }
  t.is(pages[0], pages[1])
  t.deepEqual(await testAccounts.emails(ada.email), ['email-taken'])
  t.true(await testAccounts.signsInUnproven(ada.email, PASSWORD), 'nothing about the account has changed')
  const decoys = await app.em.fork().execute<object[]>(`select 1 from account where email like '%decoy%'`)
  t.deepEqual(decoys, [])
})

test('form errors are the same whether or not the email has an account', async t => {
  const ada = await makePerson(gatehouse)
  for (const email of [ada.email, testAccounts.fresh()]) {
    const refusal = await t.throwsAsync(apply(email, 'short'), { instanceOf: InvalidInput })
    t.deepEqual(refusal?.fields, { password: 'too-short' })
  }
})

test('U-02: the owner of an address does not verify it for someone else who registered it by opening the link', async t => {
  const email = testAccounts.fresh('victim')
  await register(email, OTHER)
  const owner = await new Browser(url).open(await testAccounts.link(email, 'verify-email'))
  t.truthy(owner.document.querySelector('[name="password"]'))
  await owner.submit({ decision: 'confirm', password: '' })
  t.is(owner.page.status, 401)
  t.false((await testAccounts.account(email)).emailVerified)
  t.false(await testAccounts.signsIn(email, OTHER))

  await owner.submit({ decision: 'cancel-registration' })
  t.is(owner.heading, 'It is forgotten')
  t.false(await testAccounts.exists(email))
})

test('U-02: a newer registration replaces a pending one, with its own password', async t => {
  const email = testAccounts.fresh('victim')
  const before = (await apply(email, OTHER, 'attacker')).accountId
  const old = await testAccounts.token(email, 'verify-email')
  const { accountId } = await apply(email, PASSWORD, 'owner')
  t.not(accountId, before)
  await t.throwsAsync(complete(old, { browser: 'attacker' }), { instanceOf: Forbidden })
  const newer = await testAccounts.token(email, 'verify-email')
  await t.throwsAsync(complete(newer, { browser: 'attacker', password: OTHER }), { instanceOf: WrongCredentials })
  await complete(newer, { browser: 'owner' })
  t.true(await testAccounts.signsIn(email, PASSWORD))
  t.false(await testAccounts.signsIn(email, OTHER))
})

test('U-02: a browser that registered with another password is not signed in once the owner verifies the email', async t => {
  const email = testAccounts.fresh('victim')
  const { browser } = await register(email, OTHER)
  await app.scope(() => app.passwordReset.request(email, { by: stranger() }))
  const token = await testAccounts.token(email, 'reset-password')
  await app.scope(() => app.passwordReset.complete(token, PASSWORD, { by: stranger() }))
  t.like(await testAccounts.account(email), { emailVerified: true, pendingSince: null })
  await browser.follow('Go on')
  t.is(browser.heading, 'Look into your mail')
  t.false(await testAccounts.signsIn(email, OTHER))
})

test('register the email of an account that an operator created does not replace it', async t => {
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  await apply(ada.email, OTHER)
  t.is((await testAccounts.account(ada.email)).id, ada.id)
  t.deepEqual(await testAccounts.emails(ada.email), ['email-taken'])
})

test('N-04: of many registrations of one email at once, in two processes, one succeeds, and all get the same answer', async t => {
  const other = (await gatehouse.another()).app
  const email = testAccounts.fresh()
  // One fewer than the limit of emails to an address, since the last of those could be refused by a moment.
  const results = await Promise.allSettled(
    Array.from({ length: 4 }, (_, i) => apply(email, `${PASSWORD} ${i}`, `browser ${i}`, i % 2 ? app : other)),
  )
  t.deepEqual(
    results.map(each => (each.status === 'rejected' ? String(each.reason) : each.status)),
    Array(4).fill('fulfilled'),
  )
  const accounts = await app.em.fork().execute<object[]>('select id from account where email = ?', [email])
  t.is(accounts.length, 1)
})

test('P-02: a link works once, for its own purpose, until a newer one replaces it', async t => {
  const email = testAccounts.fresh()
  await apply(email, PASSWORD, 'b')
  const old = await testAccounts.token(email, 'verify-email')
  await testAccounts.with(email, account => app.verification.send(account, { by: stranger(), browser: 'b' }))
  const token = await testAccounts.token(email, 'verify-email')
  for (const wrong of [old, '', 'guess'])
    await t.throwsAsync(complete(wrong, { browser: 'b' }), { instanceOf: Forbidden })
  await t.throwsAsync(
    app.scope(() => app.passwordReset.complete(token, PASSWORD, { by: stranger() })),
    { instanceOf: Forbidden },
  )
  await t.throwsAsync(
    app.scope(() => app.emailChange.complete(token, { by: stranger(), browser: 'b' })),
    { instanceOf: Forbidden },
  )
  const results = await Promise.allSettled([1, 2, 3, 4].map(() => complete(token, { browser: 'b' })))
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('P-06: a mail scanner that opens the link verifies nothing', async t => {
  const email = testAccounts.fresh()
  await apply(email)
  const link = await testAccounts.link(email, 'verify-email')
  for (const method of ['GET', 'HEAD']) t.is((await fetch(link, { method })).status, 200)
  const crossSite = await fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'confirm' }) })
  t.is(crossSite.status, 403)
  t.false((await testAccounts.account(email)).emailVerified)
})

test('P-08: emails to one address are limited, with the same answer for every registration', async t => {
  const [ada, fresh] = [await makePerson(gatehouse), testAccounts.fresh()]
  for (const email of [ada.email, fresh]) {
    for (let i = 0; i < 5; i++) await apply(email)
    await t.throwsAsync(apply(email), { instanceOf: TooManyAttempts })
    t.is((await testAccounts.emails(email)).length, 5)
  }
})

test('wrong passwords on the page of the link count towards the sign-in limit', async t => {
  const email = testAccounts.fresh()
  await apply(email)
  const token = await testAccounts.token(email, 'verify-email')
  let refused: unknown
  for (let i = 0; i < 12; i++) await complete(token, { password: `guess ${i}` }).catch(error => (refused = error))
  t.true(refused instanceof TooManyAttempts)
  await t.throwsAsync(complete(token, { password: PASSWORD }), { instanceOf: TooManyAttempts })
})

test.serial('the link expires after a day, and the pending registration after a week', async t => {
  const email = testAccounts.fresh()
  const { accountId } = await apply(email, PASSWORD, 'b')
  const token = await testAccounts.token(email, 'verify-email')
  clock.advance(DAY + 1)
  await t.throwsAsync(complete(token, { browser: 'b' }), { instanceOf: Forbidden })
  await app.scope(() => app.erasure.ofStale())
  t.true(await testAccounts.exists(email))
  clock.advance(6 * DAY)
  t.true((await app.scope(() => app.erasure.ofStale())) >= 1)
  t.false(await testAccounts.exists(email))
  const traces = await app.em
    .fork()
    .execute<object[]>('select 1 from audit_event where subject = ? and (ip is not null or user_agent is not null)', [
      accountId,
    ])
  t.deepEqual(traces, [])
})

test('F-25: of two unverified accounts that change to each other’s email, one succeeds and the other is erased', async t => {
  const emails = [testAccounts.fresh(), testAccounts.fresh()]
  const pending = await Promise.all(emails.map(email => apply(email)))
  const [ada, grace] = pending.map(({ accountId }) => accountId)
  const move = async (id: string, to: string) => {
    await testAccounts.with(id, account => app.emailChange.request(account, to, { by: stranger(), browser: 'here' }))
    const token = await testAccounts.token(to, 'change-email')
    return () => app.scope(() => app.emailChange.complete(token, { by: stranger(), browser: 'here' }))
  }
  const moves = [await move(ada!, emails[1]!), await move(grace!, emails[0]!)]

  // The lock makes both changes begin before either can finish.
  const release = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = app.em.fork().transactional(async em => {
    if (app.database.shared) await em.execute('select from one_time_link where address in (?, ?) for update', emails)
    held.resolve()
    if (app.database.shared) await release.promise
  })
  await held.promise
  const done = Promise.allSettled(moves.map(begin => begin()))
  await statementsWaitForLocks(app, 2)
  release.resolve()
  await holding
  const refused = (await done).filter(result => result.status === 'rejected').map(({ reason }) => reason)
  t.is(refused.length, 1)
  t.true(['account_gone', 'link_invalid'].includes(refused[0].code), String(refused[0]))
  const left = await Promise.all(emails.map(email => testAccounts.exists(email)))
  t.deepEqual(left.sort(), [false, true])
})
