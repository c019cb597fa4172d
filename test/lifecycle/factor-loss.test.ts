import test from 'ava'
import { Conflict, Forbidden, WrongCredentials } from '../../src/base/refusals.ts'
import { Sweeper } from '../../src/ops/sweeper.ts'
import { Authenticator } from '../support/authenticator.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { EMAIL_LIMIT_IP: '1000/1h' } })
const testAccounts = new TestAccounts(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const DAY = 24 * 60 * 60
const by = stranger()
const BROWSER = 'the browser of the request'

async function enrolled() {
  const person = await makePerson(gatehouse)
  return testAccounts.with(person.id, async account => {
    const { proposal, secret } = app.totps.propose(account)
    const phone = new Authenticator(secret, clock)
    const codes = await app.factorChanges.addTotp(account, { proposal, code: phone.code() }, { by })
    clock.advance(60)
    return { ...person, phone, codes: codes! }
  })
}
type Enrolled = Awaited<ReturnType<typeof enrolled>>

const report = ({ id }: { id: string }) =>
  testAccounts.with(id, account => app.factorLoss.report(account, { by, browser: BROWSER }))
const confirm = async ({ email }: Enrolled, proof: { browser?: string; password?: string } = { browser: BROWSER }) => {
  const token = await testAccounts.token(email, 'factor-reset-proof')
  return app.scope(() => app.factorLoss.confirm(token, { by, ...proof }))
}
const any = ({ id }: Enrolled) => testAccounts.with(id, async account => (await app.secondFactors.of(account)).any)
const pending = ({ id }: Enrolled) => testAccounts.with(id, account => app.factorResets.pending(account))
const settle = ({ id }: Enrolled) => testAccounts.with(id, account => app.factorResets.settle(account))
const notifications = async ({ email }: Enrolled) =>
  (await queuedEmails(gatehouse, email)).map(({ kind, data }) => data.change ?? kind)

test.serial(
  'a person who has lost all factors requests a reset, confirms it by email, waits, and signs in without them',
  async t => {
    const ada = await enrolled()
    await report(ada)
    t.is(await pending(ada), null, 'the request alone starts no reset')
    const { due } = await confirm(ada)
    t.true(Math.abs(due.getTime() - clock.now().getTime() - 3 * DAY * 1000) < 60_000)
    t.deepEqual(await pending(ada), due)
    t.deepEqual(await notifications(ada), ['totp-added', 'factor-reset-proof', 'factor-reset-scheduled'])

    clock.advance(3 * DAY - 60)
    await settle(ada)
    await new Sweeper(app).sweep()
    t.true(await any(ada))
    clock.advance(61)
    await settle(ada)
    t.false(await any(ada))
    t.is(await pending(ada), null)
    t.is((await notifications(ada)).at(-1), 'reset')
    t.deepEqual((await testAccounts.history(ada.id)).slice(0, 3), [
      'factors.reset',
      'factors.reset-scheduled',
      'factors.reset-requested',
    ])
  },
)

test.serial('the sweeper removes due factors too, once, in any process', async t => {
  const other = (await gatehouse.another()).app
  const ada = await enrolled()
  await report(ada)
  await confirm(ada)
  clock.advance(3 * DAY + 1)
  const settled = await Promise.all([app, other].map(({ scope, factorResets }) => scope(() => factorResets.due())))
  t.is(settled[0]! + settled[1]!, 1)
  t.false(await any(ada))
  t.is((await notifications(ada)).filter(change => change === 'reset').length, 1)
})

test.serial('the link of the second email cancels the reset', async t => {
  const ada = await enrolled()
  await report(ada)
  await confirm(ada)
  const link = await testAccounts.link(ada.email, 'factor-reset-scheduled')
  const browser = await new Browser(url).open(link)
  t.is(browser.heading, 'Keep your second factors?')
  t.not(await pending(ada), null, 'opening the link changes nothing')
  await browser.submit()
  t.is(browser.heading, 'Your second factors stay')
  t.is(await pending(ada), null)
  clock.advance(3 * DAY + 1)
  await settle(ada)
  t.true(await any(ada))
  await browser.open(link)
  t.is(browser.heading, 'This link no longer works')
  t.is((await testAccounts.history(ada.id))[0], 'factors.reset-cancelled')
})

for (const [what, use] of [
  ['a code of the authenticator app', ({ phone }: Enrolled, account) => app.totps.verify(account, phone.code())],
  ['a recovery code', ({ codes }: Enrolled, account) => app.recoveryCodes.spend(account, codes[0]!, { by })],
] as [string, (ada: Enrolled, account: Parameters<typeof app.secondFactors.of>[0]) => Promise<unknown>][]) {
  test.serial(`using ${what} cancels the reset`, async t => {
    const ada = await enrolled()
    await report(ada)
    await confirm(ada)
    clock.advance(60)
    t.truthy(await testAccounts.with(ada.id, account => use(ada, account)))
    t.is(await pending(ada), null)
    clock.advance(3 * DAY)
    await settle(ada)
    t.true(await any(ada))
    t.is((await testAccounts.history(ada.id))[0], 'factors.reset-cancelled')
    await report(ada)
    await confirm(ada)
    t.not(await pending(ada), null, 'a reset can be requested again')
  })
}

test.serial('the page of the reset link says what will happen, and when', async t => {
  const ada = await enrolled()
  await testAccounts.with(ada.id, account => app.factorLoss.report(account, { by }))
  const browser = await new Browser(url).open(await testAccounts.link(ada.email, 'factor-reset-proof'))
  t.is(browser.heading, 'Have you lost your second factors?')
  t.regex(browser.text, new RegExp(`${ada.email} .* are removed on \\w{3} \\d+, \\d{4}`))
  await browser.submit({ password: 'not the one' })
  t.is(browser.page.status, 401)
  t.is(await pending(ada), null)
  await browser.submit({ password: PASSWORD })
  t.is(browser.heading, 'Now it takes time')
  t.not(await pending(ada), null)
})

test.serial('M-06: the link requires the browser that requested it, or the password', async t => {
  const ada = await enrolled()
  await report(ada)
  await t.throwsAsync(confirm(ada, { browser: 'another' }), { instanceOf: WrongCredentials })
  await t.throwsAsync(confirm(ada, { password: 'guess' }), { instanceOf: WrongCredentials })
  t.is(await pending(ada), null)
  await t.notThrowsAsync(confirm(ada, { password: PASSWORD }))
  await t.throwsAsync(confirm(ada), { instanceOf: Forbidden }, 'the link works once')
})

test.serial('M-06: a password reset keeps all second factors and invalidates earlier factor reset links', async t => {
  const ada = await enrolled()
  await report(ada)
  const { token } = await app.scope(() => app.passwordReset.link(ada.id, { by }))
  await app.scope(() => app.passwordReset.complete(token, 'something quite different', { by }))
  const held = await testAccounts.with(ada.id, account => app.secondFactors.of(account))
  t.like(held, { totp: true, recoveryCodes: 10 })
  await t.throwsAsync(confirm(ada), { instanceOf: Forbidden })
})

test.serial('another request while a reset is pending changes nothing and sends nothing', async t => {
  const ada = await enrolled()
  await report(ada)
  const { due } = await confirm(ada)
  clock.advance(DAY)
  await report(ada)
  t.deepEqual(await pending(ada), due)
  t.is((await notifications(ada)).filter(kind => kind === 'factor-reset-proof').length, 1)
})

test.serial('an account without a factor cannot request a reset', async t => {
  await t.throwsAsync(report(await makePerson(gatehouse)), { instanceOf: Conflict })
})

test.serial('where only operators reset factors, no request is accepted', async t => {
  const strict = await startGatehouse({ clock, env: { FACTOR_RESET_DELAY: 'off' } })
  t.teardown(() => strict.stop())
  t.is(strict.app.factorLoss.delay, null)
  const { id } = await makePerson(strict)
  const refused = new TestAccounts(strict).with(id, account => strict.app.factorLoss.report(account, { by }))
  t.is((await t.throwsAsync(refused, { instanceOf: Forbidden }))?.code, 'factor_reset_off')
})
