import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Forbidden } from '../../src/base/refusals.ts'
import { PURPOSES, type Purpose } from '../../src/links/purposes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'

const clock = new MovingClock()
const gatehouse = await startGatehouse({ clock })
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const issue = (id: string) =>
  app.scope(async () => app.links.issue('reset-password', { account: await app.accounts.find(id) }))
type Bound = Exclude<Purpose, 'setup'>
const look = (token: string, purpose: Bound = 'reset-password') => app.scope(() => app.links.look(purpose, token))
const spend = (token: string, purpose: Bound = 'reset-password', { scope, links } = app) =>
  scope(async () => links.redeem(await links.open(purpose, token), { by: operator }, async () => {}))

test('a link works once, and only for its purpose', async t => {
  const { id } = await makePerson(gatehouse)
  const token = await issue(id)
  t.is((await look(token))?.account?.id, id)
  t.is(await app.scope(() => app.links.look('setup', token)), null)
  await t.throwsAsync(
    app.scope(() => app.links.spend('setup', token)),
    { instanceOf: Forbidden },
  )
  await t.notThrowsAsync(spend(token))
  t.is(await look(token), null)
  t.is((await t.throwsAsync(spend(token), { instanceOf: Forbidden }))?.code, 'link_invalid')
})

test('P-06: opening a link changes nothing', async t => {
  const token = await issue((await makePerson(gatehouse)).id)
  for (let i = 0; i < 3; i++) t.truthy(await look(token))
  await t.notThrowsAsync(spend(token))
})

test('P-02: of many simultaneous uses in two processes, one succeeds', async t => {
  const other = (await gatehouse.another()).app
  const token = await issue((await makePerson(gatehouse)).id)
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) => spend(token, 'reset-password', i % 2 ? app : other)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('P-02: a new link replaces only the older ones of the same account', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const [hers, older, newer] = [await issue(grace.id), await issue(ada.id), await issue(ada.id)]
  t.deepEqual([await look(hers), await look(older), await look(newer)].map(Boolean), [true, false, true])
  await t.throwsAsync(spend(older), { instanceOf: Forbidden })
})

test('P-02: of many links requested at once in two processes, one works', async t => {
  const other = (await gatehouse.another()).app
  const { id } = await makePerson(gatehouse)
  for (let round = 0; round < 5; round++) {
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const { scope, accounts, links, atomically } = i % 2 ? app : other
        const issued = async () => links.issue('reset-password', { account: await accounts.find(id) })
        // Most are issued inside a transaction.
        return scope(() => (i % 3 ? atomically(issued) : issued()))
      }),
    )
    const good = (await Promise.all(tokens.map(token => look(token)))).filter(Boolean)
    t.is(good.length, 1)
    const spent = await Promise.allSettled(tokens.map(token => spend(token)))
    t.is(spent.filter(({ status }) => status === 'fulfilled').length, 1)
  }
})

test('links that undo a change do not replace each other', async t => {
  const { id } = await makePerson(gatehouse)
  const tokens = await Promise.all(
    Array.from({ length: 5 }, () =>
      app.scope(async () => app.links.issue('report-compromise', { account: await app.accounts.find(id) })),
    ),
  )
  for (const token of tokens) await t.notThrowsAsync(spend(token, 'report-compromise'))
})

test('A-07: the table holds digests, and all tokens differ', async t => {
  const { id } = await makePerson(gatehouse)
  const tokens = [await issue(id), await issue(id), await issue(id)]
  t.is(new Set(tokens).size, 3)
  const table = JSON.stringify(await app.em.fork().execute('select * from one_time_link'))
  for (const token of tokens) {
    t.is(Buffer.from(token, 'base64url').length, 32)
    t.false(table.includes(token))
  }
})

test('a link is deleted with its account', async t => {
  const { id } = await makePerson(gatehouse)
  const token = await issue(id)
  await app.em.fork().execute('delete from account where id = ?', [id])
  t.is(await look(token), null)
  await t.throwsAsync(spend(token), { instanceOf: Forbidden })
})

test('guessed tokens are refused', async t => {
  for (const guess of ['', '%', 'guess', '\0', "' or 1=1 --", 'x'.repeat(10_000)]) {
    t.is(await look(guess), null)
    await t.throwsAsync(spend(guess), { instanceOf: Forbidden })
  }
})

test.serial('a link expires by the clock of this process', async t => {
  const { id } = await makePerson(gatehouse)
  const setup = (await app.scope(() => app.setup.link())) ?? ''
  t.true(await app.scope(() => app.setup.open(setup)))
  const token = await issue(id)
  clock.advance(PURPOSES['reset-password'].life - 5)
  t.truthy(await look(token))
  clock.advance(6)
  t.is(await look(token), null)
  await t.throwsAsync(spend(token), { instanceOf: Forbidden })
  clock.advance(24 * 60 * 60)
  t.false(await app.scope(() => app.setup.open(setup)))
  clock.advance(-24 * 60 * 60 - PURPOSES['reset-password'].life - 1)
})

test('a link that is issued while its account is being erased does not block the erasure', async t => {
  const { id } = await makePerson(gatehouse)
  await issue(id)
  const holder = await app.scope(() => app.accounts.find(id))
  const [locked, waited] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const erasing = app.scope(async () => {
    const account = await app.accounts.find(id)
    await app.atomically.on(account, { by: operator, erase: true }, async () => {
      locked.resolve()
      await waited.promise
      await app.erasure.of(account, { by: operator })
    })
  })
  await Promise.race([locked.promise, erasing])
  const issuing = Promise.allSettled([
    app.scope(() => app.atomically(() => app.links.issue('reset-password', { account: holder }))),
  ])
  await statementsWaitForLocks(app)
  waited.resolve()
  await t.notThrowsAsync(erasing)
  const [issued] = await issuing
  t.is(issued.status, 'rejected')
  t.notRegex(String(issued.status === 'rejected' && issued.reason), /deadlock/)
})
