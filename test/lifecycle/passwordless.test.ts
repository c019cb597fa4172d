import test from 'ava'
import { Conflict, Forbidden, InvalidInput, NotFound, WrongCredentials } from '../../src/base/refusals.ts'
import { as, Keyring } from '../credentials/keyring.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { stranger } from './test-accounts.ts'

const NEXT = 'a second horse, rarely correct'

const gatehouse = await startGatehouse()
const keyring = new Keyring(gatehouse)
const { testAccounts } = keyring
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const notifiedChanges = async (email: string) =>
  (await queuedEmails(gatehouse, email, 'factor-changed')).map(({ data }) => data.change)
const factorsOf = (id: string) => testAccounts.with(id, account => app.secondFactors.of(account))

/** Adds a passkey as the owner of the account does. */
async function add(id: string) {
  const key = keyring.newKey()
  const added = await testAccounts.with(id, async account => {
    const { options, challengeToken } = await app.passkeys.registrationOptions(account)
    return app.factorChanges.addPasskey(account, { challengeToken, response: key.create(options) }, as(account))
  })
  return { key, ...added }
}

function remove(id: string, passkey: string, { scope, accounts, factorChanges } = app) {
  return scope(async () => {
    const account = await accounts.find(id)
    await factorChanges.removePasskey(account, passkey, as(account))
  })
}

function removePassword(id: string, { scope, accounts, passwordChanges } = app) {
  return scope(async () => {
    const account = await accounts.find(id)
    await passwordChanges.remove(account, as(account))
  })
}

test('adding the first passkey creates recovery codes, and adding any passkey sends an email', async t => {
  const ada = await makePerson(gatehouse)
  t.is((await add(ada.id)).recoveryCodes?.length, 10)
  t.is((await add(ada.id)).recoveryCodes, null)
  t.deepEqual(await notifiedChanges(ada.email), ['passkey-added', 'passkey-added'])
  t.like(await factorsOf(ada.id), { passkeys: 2, recoveryCodes: 10, any: true })
})

test('a refused passkey creates no recovery codes and sends no email', async t => {
  const ada = await makePerson(gatehouse)
  const key = keyring.newKey({ origin: 'https://evil.example' })
  const adding = testAccounts.with(ada.id, async account => {
    const { options, challengeToken } = await app.passkeys.registrationOptions(account)
    await app.factorChanges.addPasskey(account, { challengeToken, response: key.create(options) }, as(account))
  })
  await t.throwsAsync(adding, { instanceOf: InvalidInput })
  t.deepEqual(await notifiedChanges(ada.email), [])
  t.like(await factorsOf(ada.id), { recoveryCodes: 0, any: false })
})

test('removing the last passkey removes the recovery codes', async t => {
  const ada = await makePerson(gatehouse)
  const { added } = await add(ada.id)
  await remove(ada.id, added.id)
  t.like(await factorsOf(ada.id), { passkeys: 0, recoveryCodes: 0, any: false })
  t.deepEqual(await notifiedChanges(ada.email), ['passkey-added', 'passkey-removed'])
})

test('with a passkey, the password can be removed and set again', async t => {
  const ada = await makePerson(gatehouse)
  const { key } = await add(ada.id)
  await removePassword(ada.id)
  t.false(await testAccounts.signsIn(ada.email, PASSWORD))
  t.is((await keyring.signIn(key)).account.id, ada.id)
  await removePassword(ada.id)
  t.deepEqual(await notifiedChanges(ada.email), ['passkey-added', 'password-removed'])

  const set = (password: string) =>
    testAccounts.with(ada.id, account => app.passwordChanges.add(account, password, as(account)))
  await t.throwsAsync(set('password1'), { instanceOf: InvalidInput })
  await set(NEXT)
  t.true(await testAccounts.signsIn(ada.email, NEXT))
  await t.throwsAsync(set(PASSWORD), { instanceOf: Conflict })
  t.true(await testAccounts.signsIn(ada.email, NEXT))
  t.deepEqual((await notifiedChanges(ada.email)).at(-1), 'password-set')
})

test('an account without a password refuses any current password', async t => {
  const ada = await makePerson(gatehouse)
  await add(ada.id)
  await removePassword(ada.id)
  const change = (current: string) =>
    testAccounts.with(ada.id, account =>
      app.passwordChanges.change(account, { current, next: NEXT, endOthers: false }, as(account)),
    )
  for (const current of ['', PASSWORD]) await t.throwsAsync(change(current), { instanceOf: WrongCredentials })
})

test('a password reset gives the account a password again, and keeps its passkeys', async t => {
  const ada = await makePerson(gatehouse)
  const { key } = await add(ada.id)
  await app.scope(() => app.passwordReset.request(ada.email, { by: stranger() }))
  const stale = await testAccounts.token(ada.email, 'reset-password')
  await removePassword(ada.id)
  t.is(
    await app.scope(() => app.links.holder('reset-password', stale)),
    null,
    'a link requested before the removal no longer works',
  )

  await app.scope(() => app.passwordReset.request(ada.email, { by: stranger() }))
  const token = await testAccounts.token(ada.email, 'reset-password')
  await app.scope(() => app.passwordReset.complete(token, NEXT, { by: stranger() }))
  t.true(await testAccounts.with(ada.id, account => app.passwords.has(account)))
  t.like(await factorsOf(ada.id), { passkeys: 1, any: true })
  t.is((await keyring.signIn(key)).account.id, ada.id)
})

test('the last sign-in method cannot be removed, whether it is a password or a passkey', async t => {
  const ada = await makePerson(gatehouse)
  t.is((await t.throwsAsync(removePassword(ada.id), { instanceOf: Forbidden }))?.code, 'last_sign_in_method')
  t.true(await testAccounts.signsIn(ada.email, PASSWORD))
  const [one, other] = [await add(ada.id), await add(ada.id)]
  await removePassword(ada.id)
  await remove(ada.id, one.added.id)
  t.is((await t.throwsAsync(remove(ada.id, other.added.id), { instanceOf: Forbidden }))?.code, 'last_sign_in_method')
  t.is((await keyring.signIn(other.key)).account.id, ada.id)
  t.is((await notifiedChanges(ada.email)).filter(change => change === 'passkey-removed').length, 1)
})

test('of two sign-in methods that are removed at once, in two processes, one stays', async t => {
  const other = (await gatehouse.another()).app
  for (let round = 0; round < 3; round++) {
    const ada = await makePerson(gatehouse)
    const { added } = await add(ada.id)
    const results = await Promise.allSettled([removePassword(ada.id), remove(ada.id, added.id, other)])
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
    const grace = await makePerson(gatehouse)
    const two = [await add(grace.id), await add(grace.id)]
    await removePassword(grace.id)
    const removed = await Promise.allSettled(two.map((each, i) => remove(grace.id, each.added.id, i ? app : other)))
    t.is(removed.filter(({ status }) => status === 'fulfilled').length, 1)
    t.is((await factorsOf(grace.id)).passkeys, 1)
  }
})

test('A-02: no one can remove the passkey of another account', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const { added } = await add(ada.id)
  await add(grace.id)
  await t.throwsAsync(remove(grace.id, added.id), { instanceOf: NotFound })
  t.is((await factorsOf(ada.id)).passkeys, 1)
  t.deepEqual(await notifiedChanges(grace.email), ['passkey-added'])
})
