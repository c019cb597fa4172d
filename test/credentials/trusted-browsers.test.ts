import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { NotFound } from '../../src/base/refusals.ts'
import { stranger, TestAccounts } from '../lifecycle/test-accounts.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { FIREFOX } from '../support/user-agents.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const MONTH = 30 * 24 * 60 * 60
const by = { ...stranger(), userAgent: FIREFOX }

/** Signs in a browser and trusts it. @returns the tokens in its cookie */
async function trust(id: string, existing: string[] = []): Promise<string[]> {
  return testAccounts.with(id, async account => {
    const tokens = await app.completedSignIns.rememberBrowser(account, existing)
    const device = await app.knownBrowsers.find(account, tokens)
    await app.knownBrowsers.trust(device!, { until: new Date(clock.now().getTime() + MONTH * 1000), by })
    clock.advance(1)
    return tokens
  })
}
const trusted = (id: string, tokens: string[]) =>
  testAccounts.with(id, account => app.knownBrowsers.trusted(account, tokens))
const list = (id: string) => testAccounts.with(id, account => app.knownBrowsers.trustedOf(account))

test.serial('a browser is trusted for the configured time', async t => {
  const { id } = await makePerson(gatehouse)
  const known = await testAccounts.with(id, account => app.completedSignIns.rememberBrowser(account, []))
  t.false(await trusted(id, known), 'a known browser is not trusted yet')
  const tokens = await trust(id)
  t.true(await trusted(id, tokens))
  t.false(await trusted(id, known))
  t.false(await trusted(id, []))
  const [browser, ...more] = await list(id)
  t.is(more.length, 0)
  t.is(browser?.userAgent, FIREFOX)
  clock.advance(MONTH - 60)
  t.true(await trusted(id, tokens))
  clock.advance(120)
  t.false(await trusted(id, tokens))
  t.deepEqual(await list(id), [])
  t.true((await testAccounts.history(id)).includes('trusted-browser.added'))
})

test.serial('a browser stays trusted when it signs in again, and its previous token no longer works', async t => {
  const { id } = await makePerson(gatehouse)
  const before = await trust(id)
  const after = await testAccounts.with(id, account => app.completedSignIns.rememberBrowser(account, before))
  t.true(await trusted(id, after))
  t.false(await trusted(id, before))
})

test.serial('M-09: trust in a browser applies to one account only', async t => {
  const [ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Bob' })]
  const tokens = await trust(ada.id)
  t.false(await trusted(bob.id, tokens))
  const both = await testAccounts.with(bob.id, account => app.completedSignIns.rememberBrowser(account, tokens))
  t.false(await trusted(bob.id, both))
  t.true(await trusted(ada.id, both))
})

test.serial('M-09: a new password ends the trust in all browsers, even in one that stays known', async t => {
  const { id } = await makePerson(gatehouse)
  const tokens = await trust(id)
  const change = { current: PASSWORD, next: 'something quite different', endOthers: false, browserTokens: tokens }
  await testAccounts.with(id, account => app.passwordChanges.change(account, change, { by }))
  clock.advance(1)
  const kept = await testAccounts.with(id, account => app.completedSignIns.rememberBrowser(account, tokens))
  t.not(await testAccounts.with(id, account => app.knownBrowsers.find(account, kept)), null)
  t.false(await trusted(id, kept))
  t.deepEqual(await list(id), [])
})

test.serial('M-09: signing out everywhere ends the trust in browsers', async t => {
  const { id } = await makePerson(gatehouse)
  const tokens = await trust(id)
  await testAccounts.with(id, account => app.signOut.of(account, { by: operator }))
  clock.advance(1)
  const kept = await testAccounts.with(id, account => app.completedSignIns.rememberBrowser(account, tokens))
  t.false(await trusted(id, kept))
})

test.serial(
  'trust can be removed from one browser or from all browsers of an account, but not of other accounts',
  async t => {
    const [ada, bob] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Bob' })]
    const [laptop, phone, tablet] = [await trust(ada.id), await trust(ada.id), await trust(ada.id)]
    const his = await trust(bob.id)
    const [newest] = await list(ada.id)
    const distrust = (id: string, device: string) =>
      testAccounts.with(id, account => app.knownBrowsers.distrust(account, device, { by }))
    await t.throwsAsync(distrust(bob.id, newest!.id), { instanceOf: NotFound })
    await t.throwsAsync(distrust(ada.id, 'nonsense'), { instanceOf: NotFound })
    await distrust(ada.id, newest!.id)
    await t.throwsAsync(distrust(ada.id, newest!.id), { instanceOf: NotFound })
    t.deepEqual(
      [await trusted(ada.id, laptop), await trusted(ada.id, phone), await trusted(ada.id, tablet)],
      [true, true, false],
    )
    await testAccounts.with(ada.id, account => app.knownBrowsers.distrustAll(account, { by }))
    t.deepEqual(await list(ada.id), [])
    t.true(await trusted(bob.id, his))
    const seen = (await app.scope(() => app.audit.of(ada.id, { kinds: ['trusted-browser.removed'] }))).map(
      each => each.reason,
    )
    t.deepEqual(seen, ['all', null])
    await testAccounts.with(ada.id, account => app.knownBrowsers.distrustAll(account, { by }))
    t.is((await app.scope(() => app.audit.of(ada.id, { kinds: ['trusted-browser.removed'] }))).length, 2)
  },
)
