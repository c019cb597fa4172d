import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { NotFound } from '../../src/base/refusals.ts'
import { Browser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const other = await gatehouse.another()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const suspend = (id: string) => app.scope(() => app.suspension.suspend(id, { by: operator }))
const reinstate = (id: string) => app.scope(() => app.suspension.reinstate(id, { by: operator }))

test('A-04: a suspension ends sessions and tokens at once, and refuses new sign-ins', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { browser, tokens } = await rp.signInToStay(ada)

  t.false((await suspend(ada.email)).active)

  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  await t.throwsAsync(rp.userinfo(tokens.access_token, ada.id))
  t.like((await rp.post('/token/introspection', { token: tokens.access_token })).body, { active: false })
  t.deepEqual([await app.sessions.of(ada.id), await app.grants.of(ada.id)], [[], []])
  await browser.open((await rp.begin()).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.is(browser.page.status, 401)
})

test('A-04: a suspension takes effect in other processes at once too', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  const me = () =>
    fetch(`${other.url}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } }).then(
      ({ status }) => status,
    )
  t.is(await me(), 200)
  await suspend(ada.id)
  t.is(await me(), 401)
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token! }
  t.is((await rp.post('/token', refresh, { at: other.url })).status, 400)
})

test('an authorization code from before the suspension is refused', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const begun = await rp.begin()
  const browser = await rp.visit(begun, ada, new Browser(gatehouse.url))
  await suspend(ada.id)
  await t.throwsAsync(rp.redeem(begun, browser))
})

test('a suspension signs out no one else', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(grace)
  await suspend(ada.id)
  t.is((await rp.userinfo(tokens.access_token, grace.id)).sub, grace.id)
  await t.notThrowsAsync(rp.refresh(tokens.refresh_token!))
})

test('a reinstated person can sign in again, but revoked sessions and tokens stay revoked', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  await suspend(ada.id)
  const since = (await app.scope(() => app.accounts.find(ada.id))).suspendedAt
  await suspend(ada.id)
  t.deepEqual((await app.scope(() => app.accounts.find(ada.id))).suspendedAt, since)

  t.true((await reinstate(ada.id)).active)
  t.is((await app.scope(() => app.accounts.find(ada.id))).suspendedAt, null)
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.is((await rp.signIn(ada)).tokens.claims()?.sub, ada.id)
  const kinds = (await app.scope(() => app.audit.of(ada.id))).map(({ kind }) => kind)
  t.true(kinds.indexOf('account.reinstated') < kinds.indexOf('account.suspended'))
})

test('tokens of a suspended account are refused even if they were not revoked', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  // As if the process had crashed between the two steps of a suspension.
  await app.em.fork().execute('update account set suspended_at = now() where id = ?', [ada.id])
  const refused = () =>
    rp.userinfo(tokens.access_token, ada.id).then(
      () => false,
      () => true,
    )
  t.true(await eventually(refused))
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
})

test('an unknown account cannot be suspended', async t => {
  await t.throwsAsync(suspend('nobody@example.org'), { instanceOf: NotFound })
  await t.throwsAsync(reinstate('nobody@example.org'), { instanceOf: NotFound })
})
