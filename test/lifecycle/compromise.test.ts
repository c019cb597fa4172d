import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden } from '../../src/base/refusals.ts'
import { Authenticator } from '../support/authenticator.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock, env: { EMAIL_LIMIT_IP: '1000/1h' } })
const testAccounts = new TestAccounts(gatehouse)
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const NEXT = 'the horse after that'
const report = (token: string) => app.scope(() => app.compromise.report(token, { by: stranger() }))
const change = (id: string, current = PASSWORD, next = NEXT) =>
  testAccounts.with(id, account =>
    app.passwordChanges.change(account, { current, next, endOthers: false }, { by: stranger() }),
  )

test(`"this wasn't me" locks the account until its owner sets a new password by email`, async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser: thief, tokens } = await rp.signInToStay(ada)
  await change(ada.id)
  await testAccounts.with(ada.id, account => app.deletion.schedule(account, { by: stranger(), exceptSession: 'none' }))

  const browser = await new Browser(url).open(await testAccounts.link(ada.email, 'password-changed'))
  t.is(browser.heading, 'Was that not you?')
  t.true(await testAccounts.signsIn(ada.email, NEXT), 'opening the link changes nothing')
  await browser.submit()
  t.is(browser.heading, 'Everybody is locked out')

  t.false(await testAccounts.signsIn(ada.email, NEXT))
  t.deepEqual(await app.sessions.of(ada.id), [])
  t.deepEqual(await app.grants.of(ada.id), [])
  t.is(await app.scope(() => app.consents.find(ada.id, rp.id)), null)
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  await thief.open((await rp.begin()).url.href)
  t.not(thief.field('password'), undefined)
  t.is((await testAccounts.account(ada.id)).deletionDue, null)

  const reset = await testAccounts.token(ada.email, 'reset-password')
  await app.scope(() => app.passwordReset.complete(reset, 'mine, and mine alone', { by: stranger() }))
  t.true(await testAccounts.signsIn(ada.email, 'mine, and mine alone'))
})

test('P-02: the button works once, even if it is pressed many times at once, in two processes', async t => {
  const other = (await gatehouse.another()).app
  const ada = await makePerson(gatehouse)
  await change(ada.id)
  const token = await testAccounts.token(ada.email, 'password-changed')
  const results = await Promise.allSettled(
    [app, other, app, other].map(({ scope, compromise }) => scope(() => compromise.report(token, { by: stranger() }))),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  t.is((await testAccounts.emails(ada.email)).filter(kind => kind === 'reset-password').length, 1)
})

test('the button of an older email works after newer ones were sent', async t => {
  const ada = await makePerson(gatehouse)
  await change(ada.id)
  await change(ada.id, NEXT, PASSWORD)
  const [older, newer] = await testAccounts.tokens(ada.email, 'password-changed')
  await report(older!)
  t.false(await testAccounts.signsIn(ada.email, PASSWORD))
  await t.throwsAsync(report(newer!), { instanceOf: Forbidden })
})

test('after the email has changed, the button of an older email does nothing', async t => {
  const ada = await makePerson(gatehouse)
  await change(ada.id)
  const token = await testAccounts.token(ada.email, 'password-changed')
  const to = testAccounts.fresh()
  await testAccounts.with(ada.id, account => app.emailChange.request(account, to, { by: stranger(), browser: 'b' }))
  const proof = await testAccounts.token(to, 'change-email')
  await app.scope(() => app.emailChange.complete(proof, { by: stranger(), browser: 'b' }))
  await t.throwsAsync(report(token), { instanceOf: Forbidden })
  t.true(await testAccounts.signsIn(to, NEXT))
})

test('nothing on the sign-in pages reveals that an account is locked', async t => {
  const ada = await makePerson(gatehouse)
  await change(ada.id)
  await report(await testAccounts.token(ada.email, 'password-changed'))
  const rp = await RelyingParty.register(gatehouse)
  const pages: string[] = []
  for (const email of [ada.email, testAccounts.fresh()]) {
    const browser = await new Browser(url).open((await rp.begin()).url.href)
    const uid = new URL(browser.page.url).pathname.split('/')[2]!
    await browser.submit({ email, password: PASSWORD })
    pages.push(
      browser.page.html
        .replaceAll(email, '')
        .replaceAll(uid, '')
        .replace(/(name="(csrf|challenge_token)" value|data-options)="[^"]*"/g, ''),
    )
  }
  t.is(pages[0], pages[1])
})

async function addApp(id: string): Promise<string[] | null> {
  return testAccounts.with(id, account => {
    const { proposal, secret } = app.totps.propose(account)
    clock.advance(1)
    const code = new Authenticator(secret, clock).code()
    return app.factorChanges.addTotp(account, { proposal, code }, { by: stranger() })
  })
}
const factors = (id: string) => testAccounts.with(id, account => app.secondFactors.of(account))

test.serial(
  'reporting a compromise removes second factors added within the last week and the trust in browsers',
  async t => {
    const ada = await makePerson(gatehouse)
    await addApp(ada.id)
    const trusted = await testAccounts.with(ada.id, async account => {
      const tokens = await app.completedSignIns.rememberBrowser(account, [])
      const until = new Date(clock.now().getTime() + 86_400_000)
      await app.knownBrowsers.trust((await app.knownBrowsers.find(account, tokens))!, { until, by: stranger() })
      return tokens
    })
    await report(await testAccounts.token(ada.email, 'factor-changed'))
    t.deepEqual(await factors(ada.id), { totp: false, passkeys: 0, recoveryCodes: 0, any: false })
    t.true((await testAccounts.history(ada.id)).includes('factors.recent-removed'))
    t.false(await testAccounts.with(ada.id, account => app.knownBrowsers.trusted(account, trusted)))
  },
)

test.serial('M-06: reporting a compromise keeps older second factors and removes recent recovery codes', async t => {
  const ada = await makePerson(gatehouse)
  await addApp(ada.id)
  clock.advance(8 * 24 * 60 * 60)
  await change(ada.id)
  await testAccounts.with(ada.id, account => app.factorChanges.makeRecoveryCodes(account, { by: stranger() }))
  await report(await testAccounts.token(ada.email, 'password-changed'))
  t.deepEqual(await factors(ada.id), { totp: true, passkeys: 0, recoveryCodes: 0, any: true })
})

test.serial('reporting a compromise keeps older recovery codes only if an older second factor remains', async t => {
  const [ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  await addApp(ada.id)
  await addApp(bob.id)
  clock.advance(8 * 24 * 60 * 60)
  await addApp(bob.id)
  for (const { id, email } of [ada, bob]) {
    await change(id)
    await report(await testAccounts.token(email, 'password-changed'))
  }
  t.like(await factors(ada.id), { totp: true, recoveryCodes: 10 })
  t.like(
    await factors(bob.id),
    { totp: false, recoveryCodes: 0 },
    'an authenticator app that replaced another counts as recent',
  )
})

test.serial('a factor reset that a thief requested is cancelled', async t => {
  const ada = await makePerson(gatehouse)
  await addApp(ada.id)
  clock.advance(8 * 24 * 60 * 60)
  await testAccounts.with(ada.id, account => app.factorLoss.report(account, { by: stranger(), browser: 'b' }))
  const token = await testAccounts.token(ada.email, 'factor-reset-proof')
  await app.scope(() => app.factorLoss.confirm(token, { by: stranger(), browser: 'b' }))
  const [sent] = await queuedEmails(gatehouse, ada.email, 'factor-reset-scheduled')
  await report(sent!.data.report!.split('/').at(-1)!)
  t.is(await testAccounts.with(ada.id, account => app.factorResets.pending(account)), null)
  clock.advance(4 * 24 * 60 * 60)
  await app.scope(() => app.factorResets.due())
  t.true((await factors(ada.id)).totp)
})

test('an operator can create a password link for a locked account', async t => {
  const ada = await makePerson(gatehouse)
  await change(ada.id)
  await report(await testAccounts.token(ada.email, 'password-changed'))
  const { token } = await app.scope(() => app.passwordReset.link(ada.id, { by: operator }))
  await app.scope(() => app.passwordReset.complete(token, PASSWORD, { by: stranger() }))
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
})

test.serial('P-02: the button expires after a week', async t => {
  const ada = await makePerson(gatehouse)
  await change(ada.id)
  const token = await testAccounts.token(ada.email, 'password-changed')
  clock.advance(7 * 24 * 60 * 60 + 1)
  await t.throwsAsync(report(token), { instanceOf: Forbidden })
})
