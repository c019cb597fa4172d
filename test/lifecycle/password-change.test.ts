import test from 'ava'
import { InvalidInput, TooManyAttempts, WrongCredentials } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_ACCOUNT: '5/15m' } })
const testAccounts = new TestAccounts(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const NEXT = 'the horse after that'

const change = (id: string, { current = PASSWORD, next = NEXT, endOthers = false, exceptSession = '' } = {}) =>
  testAccounts.with(id, account =>
    app.passwordChanges.change(
      account,
      { current, next, endOthers, ...(exceptSession ? { exceptSession } : {}) },
      { by: stranger() },
    ),
  )

test('the current password is required, the new one works, and an email reports the change', async t => {
  const ada = await makePerson(gatehouse)
  await t.throwsAsync(change(ada.id, { current: 'wrong' }), { instanceOf: WrongCredentials })
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
  await change(ada.id)
  t.deepEqual(await testAccounts.emails(ada.email), ['password-changed'])
  t.true(await testAccounts.signsIn(ada.email, NEXT))
  t.false(await testAccounts.signsIn(ada.email, PASSWORD))
  t.true((await testAccounts.history(ada.id)).includes('password.refused'))
})

test('a new password that breaks the rules changes nothing', async t => {
  const ada = await makePerson(gatehouse)
  const refusal = await t.throwsAsync(change(ada.id, { next: 'short' }), { instanceOf: InvalidInput })
  t.deepEqual(refusal?.fields, { password: 'too-short' })
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
  t.deepEqual(await testAccounts.emails(ada.email), [])
})

test('L-06: wrong current passwords count towards the limit of the sign-in page', async t => {
  const ada = await makePerson(gatehouse)
  for (let i = 0; i < 5; i++)
    await t.throwsAsync(change(ada.id, { current: `guess ${i}` }), { instanceOf: WrongCredentials })
  await t.throwsAsync(change(ada.id), { instanceOf: TooManyAttempts })
  t.false(await testAccounts.signsIn(ada.email, PASSWORD), 'the sign-in page refuses the right password too')
})

test('other sessions stay, or end together with the tokens of their applications', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const other = await RelyingParty.register(gatehouse)
  const here = await rp.signInToStay(ada)
  const there = await other.signInToStay(ada)
  const [mine] = (await app.sessions.of(ada.id)).filter(({ clients }) => clients.includes(rp.id))

  await change(ada.id)
  t.is((await app.sessions.of(ada.id)).length, 2)
  const refreshed = await other.refresh(there.tokens.refresh_token!)

  await change(ada.id, { current: NEXT, next: PASSWORD, endOthers: true, exceptSession: mine!.uid })
  t.deepEqual(
    (await app.sessions.of(ada.id)).map(({ uid }) => uid),
    [mine!.uid],
  )
  await t.throwsAsync(other.refresh(refreshed.refresh_token!))
  await t.throwsAsync(other.userinfo(there.tokens.access_token, ada.id))
  await t.notThrowsAsync(rp.refresh(here.tokens.refresh_token!))
})

test('tokens of a session that has already ended are revoked too', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const earlier = await rp.signInToStay(ada)
  const [ended] = await app.sessions.of(ada.id)
  const here = await rp.signIn(ada)
  const stays = (await app.sessions.of(ada.id)).find(({ uid }) => uid !== ended!.uid)
  await app.artifacts.commit([{ do: 'drop', kind: 'Session', key: ended!.key }])
  await change(ada.id, { endOthers: true, exceptSession: stays!.uid })
  await t.throwsAsync(rp.refresh(earlier.tokens.refresh_token!))
  await t.notThrowsAsync(rp.userinfo(here.tokens.access_token, ada.id))
})

test('without a session to keep, every session ends', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  await change(ada.id, { endOthers: true })
  t.deepEqual(await app.sessions.of(ada.id), [])
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
})
