import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden, TooManyAttempts } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { EMAIL_LIMIT_IP: '1000/1h', EMAIL_LIMIT_ADDRESS: '6/1h' } })
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const NEW = 'a quite different horse'
const request = (email: string, by = stranger()) => app.scope(() => app.passwordReset.request(email, { by }))
const complete = (token: string, password = NEW, { scope, passwordReset: recovery } = app) =>
  scope(() => recovery.complete(token, password, { by: stranger() }))

async function requestToken(email: string): Promise<string> {
  await request(email)
  return testAccounts.token(email, 'reset-password')
}

test('a person who forgot their password gets an email, sets a new one, and is notified of the change', async t => {
  const ada = await makePerson(gatehouse)
  const browser = await new Browser(gatehouse.url).open(`${gatehouse.url}/forgot-password`)
  await browser.submit({ email: ada.email })
  t.is(browser.heading, 'Look into your mail')
  await browser.open(await testAccounts.link(ada.email, 'reset-password'))
  t.is(browser.field('email'), ada.email)
  await browser.submit({ password: NEW })
  t.is(browser.heading, 'Your password is changed')
  t.true(await testAccounts.signsIn(ada.email, NEW))
  t.false(await testAccounts.signsIn(ada.email, PASSWORD))
  t.deepEqual(await testAccounts.emails(ada.email), ['reset-password', 'password-changed'])
})

test('neither the page nor an email reveals that an address has no account', async t => {
  const [ada, unknown] = [await makePerson(gatehouse), testAccounts.fresh('nobody')]
  const pages: string[] = []
  for (const email of [ada.email, unknown, 'no address at all']) {
    const browser = await new Browser(gatehouse.url).open(`${gatehouse.url}/forgot-password`)
    await browser.submit({ email })
    t.is(browser.page.status, 200)
    pages.push(browser.page.html.replaceAll(email, '').replace(/value="[^"]*"/g, ''))
  }
  t.deepEqual(new Set(pages).size, 1)
  t.deepEqual(await testAccounts.emails(unknown), [])
  const decoys = await app.em.fork().execute<object[]>('select 1 from one_time_link where account_id is null')
  t.deepEqual(decoys, [], 'the decoy link was rolled back')
})

test('P-02: of many requests with one link at once, in two processes, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const ada = await makePerson(gatehouse)
  const token = await requestToken(ada.email)
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, i) => complete(token, `${NEW} ${i}`, i % 2 ? app : other)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) t.true(result.status === 'fulfilled' || result.reason instanceof Forbidden)
})

/** Each makes a link invalid and returns the token to try. */
const INVALIDATIONS: Record<string, (person: { id: string; email: string }, token: string) => Promise<string>> = {
  'it was already used': async (_, token) => {
    await complete(token)
    return token
  },
  'a newer one was requested': async ({ email }, token) => {
    await request(email)
    return token
  },
  'an operator created a newer one': async ({ id }, token) => {
    await app.scope(() => app.passwordReset.link(id, { by: operator }))
    return token
  },
  'the password was changed': async ({ id }, token) => {
    const change = { current: PASSWORD, next: 'yet another horse', endOthers: false }
    await testAccounts.with(id, account => app.passwordChanges.change(account, change, { by: stranger() }))
    return token
  },
  'the email was changed': async ({ id }, token) => {
    const address = testAccounts.fresh()
    await testAccounts.with(id, account => app.emailChange.request(account, address, { by: stranger(), browser: 'b' }))
    const proof = await testAccounts.token(address, 'change-email')
    await app.scope(() => app.emailChange.complete(proof, { by: stranger(), browser: 'b' }))
    return token
  },
  'the account was reported as compromised': async ({ id, email }, token) => {
    const change = { current: PASSWORD, next: PASSWORD, endOthers: false }
    await testAccounts.with(id, account => app.passwordChanges.change(account, change, { by: stranger() }))
    await app.scope(async () =>
      app.compromise.report(await testAccounts.token(email, 'password-changed'), { by: stranger() }),
    )
    return token
  },
  'it has another purpose': async ({ id }) => {
    const { email } = await testAccounts.account(id)
    await testAccounts.with(id, account => app.verification.send(account, { by: stranger() }))
    return testAccounts.token(email, 'verify-email')
  },
  'the token is a guess': async (_, token) => `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
  'the token is empty': async () => '',
}

for (const [why, invalidate] of Object.entries(INVALIDATIONS)) {
  test(`P-02: a password reset link is refused if ${why}`, async t => {
    const ada = await makePerson(gatehouse)
    const token = await invalidate(ada, await requestToken(ada.email))
    t.is(await app.scope(() => app.links.holder('reset-password', token)), null)
    await t.throwsAsync(complete(token, 'a password of an intruder'), { instanceOf: Forbidden })
    t.false(await testAccounts.signsIn((await testAccounts.account(ada.id)).email, 'a password of an intruder'))
  })
}

test('P-02: a reset link sets the password of its own account only', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const token = await requestToken(ada.email)
  await requestToken(grace.email)
  t.is((await complete(token)).id, ada.id)
  t.true(await testAccounts.signsIn(grace.email, PASSWORD))
})

test('P-04: a reset ends every session, every token and every known browser', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(ada)
  await complete(await requestToken(ada.email))
  t.deepEqual(await app.sessions.of(ada.id), [])
  t.deepEqual(await app.grants.of(ada.id), [])
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  await browser.open((await rp.begin()).url.href)
  t.not(browser.field('email'), undefined)
})

test('P-06: opening the link any number of times changes nothing', async t => {
  const ada = await makePerson(gatehouse)
  await request(ada.email)
  const link = await testAccounts.link(ada.email, 'reset-password')
  for (const method of ['GET', 'HEAD', 'GET']) t.is((await fetch(link, { method })).status, 200)
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
  t.is((await complete(link.split('/').at(-1)!)).id, ada.id)
})

test('P-08: a hundred requests send a few emails, and get the same answer whether or not there is an account', async t => {
  const [ada, unknown] = [await makePerson(gatehouse), testAccounts.fresh('nobody')]
  const outcomes = await Promise.all(
    [ada.email, unknown].map(async email => {
      let refused: unknown
      for (let i = 0; i < 50; i++) await request(email).catch(error => (refused = error))
      return refused
    }),
  )
  for (const refused of outcomes) t.true(refused instanceof TooManyAttempts)
  const waits = outcomes.map(refused => (refused as TooManyAttempts).retryAfter)
  t.true(
    waits.every(seconds => seconds > 500 && seconds <= 600),
    String(waits),
  )
  t.is((await testAccounts.emails(ada.email)).length, 6)

  const browser = await new Browser(gatehouse.url).open(`${gatehouse.url}/forgot-password`)
  await browser.submit({ email: ada.email })
  t.is(browser.page.status, 429)
  t.true(Number(browser.page.headers.get('retry-after')) > 0)
  t.regex(browser.text, /try again in \d+ minutes/)
})

test('P-08: emails to many addresses requested from one network are limited', async t => {
  const small = await startGatehouse({ env: { EMAIL_LIMIT_IP: '3/1h' } })
  t.teardown(() => small.stop())
  const by = { ...stranger(), ip: '2001:db8::7' }
  const ask = () => small.app.scope(() => small.app.passwordReset.request(testAccounts.fresh(), { by }))
  for (const _ of [1, 2, 3]) await ask()
  await t.throwsAsync(ask(), { instanceOf: TooManyAttempts })
})

test('U-02: the owner of the address takes over an account that another person registered with it', async t => {
  const email = testAccounts.fresh('victim')
  const apply = () => app.registration.apply({ email, password: PASSWORD }, { by: stranger() })
  const { accountId: id } = await app.scope(apply)
  const rp = await RelyingParty.register(gatehouse)
  const attacker = { id, email, name: '', password: PASSWORD }
  const { tokens } = await rp.signInToStay(attacker)
  t.false((await testAccounts.account(id)).emailVerified)

  await complete(await requestToken(email))

  t.true((await testAccounts.account(id)).emailVerified)
  t.false(await testAccounts.signsIn(email, PASSWORD))
  t.deepEqual(await app.sessions.of(id), [])
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.is(await app.scope(() => app.consents.find(id, rp.id)), null, 'the consents are removed')
})

test('a link created by an operator does not verify the email', async t => {
  const ada = await makePerson(gatehouse)
  await complete((await app.scope(() => app.passwordReset.link(ada.id, { by: operator }))).token)
  t.false((await testAccounts.account(ada.id)).emailVerified)
})

test.serial('P-02: the link expires after an hour', async t => {
  const ada = await makePerson(gatehouse)
  const token = await requestToken(ada.email)
  clock.advance(3601)
  t.is(await app.scope(() => app.links.holder('reset-password', token)), null)
  await t.throwsAsync(complete(token), { instanceOf: Forbidden })
})
