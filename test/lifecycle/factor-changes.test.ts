import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, InvalidInput } from '../../src/base/refusals.ts'
import { Keyring } from '../credentials/keyring.ts'
import { Authenticator } from '../support/authenticator.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { queuedEmails } from '../support/queued-emails.ts'
import { stranger, TestAccounts } from './test-accounts.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const testAccounts = new TestAccounts(gatehouse)
const keyring = new Keyring(gatehouse)
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = stranger()
const factorsOf = (id: string) => testAccounts.with(id, account => app.secondFactors.of(account))
const notifiedChanges = async (email: string) =>
  (await queuedEmails(gatehouse, email, 'factor-changed')).map(({ data }) => data.change)
const add = (id: string) =>
  testAccounts.with(id, async account => {
    const { proposal, secret } = app.totps.propose(account)
    clock.advance(1)
    return app.factorChanges.addTotp(account, { proposal, code: new Authenticator(secret, clock).code() }, { by })
  })
const trust = (id: string) =>
  testAccounts.with(id, async account => {
    const tokens = await app.completedSignIns.rememberBrowser(account, [])
    const until = new Date(clock.now().getTime() + 86_400_000)
    await app.knownBrowsers.trust((await app.knownBrowsers.find(account, tokens))!, { until, by })
  })
const trusted = (id: string) =>
  testAccounts.with(id, async account => (await app.knownBrowsers.trustedOf(account)).length)

test.serial(
  'the first factor comes with recovery codes, an email and an audit event, and ends the trust in browsers',
  async t => {
    const ada = await makePerson(gatehouse)
    t.deepEqual(await factorsOf(ada.id), { totp: false, passkeys: 0, recoveryCodes: 0, any: false })
    await trust(ada.id)
    const codes = await add(ada.id)
    t.is(codes?.length, 10)
    t.deepEqual(await factorsOf(ada.id), { totp: true, passkeys: 0, recoveryCodes: 10, any: true })
    t.deepEqual(await notifiedChanges(ada.email), ['totp-added'])
    t.is(await trusted(ada.id), 0)
    t.deepEqual((await testAccounts.history(ada.id)).slice(0, 3), [
      'trusted-browser.removed',
      'factor.recovery-codes-generated',
      'factor.totp-added',
    ])
    const [sent] = await queuedEmails(gatehouse, ada.email, 'factor-changed')
    t.is(sent?.data.ip, by.ip!)
    const token = sent!.data.link!.split('/').at(-1)!
    t.is((await app.scope(() => app.links.holder('report-compromise', token)))?.id, ada.id)
  },
)

test.serial('adding another second factor keeps the recovery codes', async t => {
  const ada = await makePerson(gatehouse)
  const codes = await add(ada.id)
  t.is(await add(ada.id), null)
  t.is(await testAccounts.with(ada.id, account => app.recoveryCodes.spend(account, codes![0]!, { by })), 9)
})

test.serial('removing the last factor removes recovery codes and the trust in browsers', async t => {
  const ada = await makePerson(gatehouse)
  await add(ada.id)
  await trust(ada.id)
  await testAccounts.with(ada.id, account => app.factorChanges.removeTotp(account, { by }))
  t.deepEqual(await factorsOf(ada.id), { totp: false, passkeys: 0, recoveryCodes: 0, any: false })
  t.is(await trusted(ada.id), 0)
  t.deepEqual(await notifiedChanges(ada.email), ['totp-added', 'totp-removed'])
  await testAccounts.with(ada.id, account => app.factorChanges.removeTotp(account, { by }))
  t.is((await notifiedChanges(ada.email)).length, 2, 'no email is sent if there is nothing to remove')
})

test.serial('creating new recovery codes sends an email and requires a second factor', async t => {
  const ada = await makePerson(gatehouse)
  const make = () => testAccounts.with(ada.id, account => app.factorChanges.makeRecoveryCodes(account, { by }))
  await t.throwsAsync(make(), { instanceOf: Conflict })
  const [old] = (await add(ada.id))!
  const [fresh] = await make()
  t.deepEqual(await notifiedChanges(ada.email), ['totp-added', 'recovery-codes-made'])
  const spend = (code: string) => testAccounts.with(ada.id, account => app.recoveryCodes.spend(account, code, { by }))
  t.deepEqual([await spend(old!), await spend(fresh!)], [null, 9])
})

test.serial('a wrong code changes nothing and sends no email', async t => {
  const ada = await makePerson(gatehouse)
  await trust(ada.id)
  const adding = testAccounts.with(ada.id, account =>
    app.factorChanges.addTotp(account, { proposal: app.totps.propose(account).proposal, code: '000000' }, { by }),
  )
  t.deepEqual((await t.throwsAsync(adding, { instanceOf: InvalidInput }))?.fields, { code: 'wrong' })
  t.false((await factorsOf(ada.id)).any)
  t.deepEqual(await notifiedChanges(ada.email), [])
  t.is(await trusted(ada.id), 1)
})

test.serial('of two first factors added at once, in two processes, one comes with recovery codes', async t => {
  const other = (await gatehouse.another()).app
  const ada = await makePerson(gatehouse)
  const account = await testAccounts.account(ada.id)
  const forms = [app.totps.propose(account), app.totps.propose(account)]
  const results = await Promise.allSettled(
    [app, other].map(({ scope, accounts, factorChanges }, i) =>
      scope(async () => {
        const { proposal, secret } = forms[i]!
        const code = new Authenticator(secret, clock).code()
        return factorChanges.addTotp(await accounts.find(ada.id), { proposal, code }, { by })
      }),
    ),
  )
  const answers = results.map(result => (result.status === 'fulfilled' ? result.value : null))
  t.is(answers.filter(codes => codes?.length === 10).length, 1)
  t.is((await factorsOf(ada.id)).recoveryCodes, 10)
})

test.serial('a reset removes all second factors', async t => {
  const ada = await keyring.person()
  t.deepEqual(await factorsOf(ada.id), { totp: false, passkeys: 1, recoveryCodes: 0, any: true })
  t.is(await add(ada.id), null, 'the passkey was the first factor')
  await testAccounts.with(ada.id, account => app.factorChanges.makeRecoveryCodes(account, { by }))
  t.deepEqual(await factorsOf(ada.id), { totp: true, passkeys: 1, recoveryCodes: 10, any: true })
  await trust(ada.id)
  await testAccounts.with(ada.id, account => app.secondFactors.reset(account, { by: operator }))
  t.deepEqual(await factorsOf(ada.id), { totp: false, passkeys: 0, recoveryCodes: 0, any: false })
  t.is(await trusted(ada.id), 0)
  t.is((await testAccounts.history(ada.id))[0], 'factors.reset')
})

test.serial('erasing an account erases its factors', async t => {
  const ada = await makePerson(gatehouse)
  await add(ada.id)
  await testAccounts.with(ada.id, account => app.erasure.of(account, { by: operator }))
  for (const table of ['totp', 'recovery_code', 'known_browser'])
    t.deepEqual(await app.em.fork().execute(`select * from ${table} where account_id = ?`, [ada.id]), [], table)
})
