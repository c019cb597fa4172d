import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { NotFound } from '../../src/base/refusals.ts'
import { TestAccounts } from '../lifecycle/test-accounts.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const { atomically } = app
const testAccounts = new TestAccounts(gatehouse)
test.after.always(() => gatehouse.stop())

const by = operator
const rename = (id: string, name: string) => app.em.execute('update account set name = ? where id = ?', [name, id])
const nameOf = async (id: string) => (await testAccounts.account(id)).name

test('a transaction is committed completely or not at all, and a nested one can fail on its own', async t => {
  const { id } = await makePerson(gatehouse)
  const failing = async (name: string) => {
    await rename(id, name)
    throw new Error('afterwards')
  }
  await t.throwsAsync(app.scope(() => atomically(() => failing('Never'))))
  t.is(await nameOf(id), 'Ada')
  const returned = await app.scope(() =>
    atomically(async () => {
      await rename(id, 'Grace')
      await t.throwsAsync(atomically(() => failing('Never')))
      return 'done'
    }),
  )
  t.deepEqual([returned, await nameOf(id)], ['done', 'Grace'])
})

test('a decoy is rolled back, and its errors are thrown', async t => {
  const { id } = await makePerson(gatehouse)
  await app.scope(() => atomically.decoy(() => rename(id, 'Never')))
  t.is(await nameOf(id), 'Ada')
  await t.throwsAsync(
    app.scope(() => atomically.decoy(() => Promise.reject(new Error('wrong')))),
    { message: 'wrong' },
  )
})

test('of two transactions on one account the second starts after the first and reads its result', async t => {
  const { id } = await makePerson(gatehouse)
  const [locked, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const first = testAccounts.with(id, account =>
    atomically.on(account, { by }, async () => {
      account.name = 'Grace'
      locked.resolve()
      await commit.promise
    }),
  )
  await locked.promise
  const second = testAccounts.with(id, account => atomically.on(account, { by }, async () => account.name))
  await statementsWaitForLocks(app)
  commit.resolve()
  await first
  t.is(await second, 'Grace')
})

test('locking an account that was erased in the meantime fails with NotFound', async t => {
  const { id } = await makePerson(gatehouse)
  const gone = testAccounts.with(id, async account => {
    await app.scope(async () => app.erasure.of(await app.accounts.find(id), { by }))
    return atomically.on(account, { by }, async () => t.fail())
  })
  t.is((await t.throwsAsync(gone, { instanceOf: NotFound }))?.code, 'account_gone')
})

test('transactions that lock several addresses in different orders do not deadlock', async t => {
  const [one, two, three] = [testAccounts.fresh(), testAccounts.fresh(), testAccounts.fresh()]
  let running = 0
  const alone = (...addresses: string[]) =>
    app.scope(() =>
      atomically.on('address', addresses, async () => {
        t.is(++running, 1)
        await app.em.execute('select 1')
        running--
      }),
    )
  const pairs = Array.from({ length: 8 }, () => [alone(one, two), alone(two, one), alone(two, three, one)])
  await t.notThrowsAsync(Promise.all(pairs.flat()))
})

test('taking locks in the wrong order throws', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  const nothing = async () => {}
  const cases: [allowed: boolean, attempt: () => Promise<void>][] = [
    [true, () => atomically.on('identity', 'x', () => atomically.on('address', 'a', nothing))],
    [true, () => atomically.on('address', ['b', 'a'], () => atomically.on('address', 'a', nothing))],
    [false, () => atomically.on('address', 'a', () => atomically.on('identity', 'x', nothing))],
    [false, () => atomically.on('address', 'a', () => atomically.on('address', 'b', nothing))],
    [true, () => onBoth(ada.id, ada.id)],
    [false, () => onBoth(ada.id, grace.id)],
    [
      false,
      () =>
        testAccounts.with(ada.id, account =>
          atomically.on(account, { by }, () => atomically.on('address', 'a', nothing)),
        ),
    ],
  ]
  for (const [allowed, attempt] of cases) {
    if (allowed) await t.notThrowsAsync(app.scope(attempt))
    else await t.throwsAsync(app.scope(attempt), { message: /cannot be locked after/ })
  }

  function onBoth(first: string, second: string): Promise<void> {
    return app.scope(async () => {
      const [one, two] = [await app.accounts.find(first), await app.accounts.find(second)]
      return atomically.on(one, { by }, () => atomically.on(two, { by }, nothing))
    })
  }
})

test('mustBeOn throws without the lock', async t => {
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse)]
  await testAccounts.with(ada.id, async account => {
    t.throws(() => atomically.mustBeOn(account), { message: /has to be locked/ })
    await atomically.on(account, { by }, async () => {
      t.notThrows(() => atomically.mustBeOn(account))
      t.throws(() => atomically.mustBeOn(grace), { message: /has to be locked/ })
      await atomically(async () => t.notThrows(() => atomically.mustBeOn(account)))
    })
    t.throws(() => atomically.mustBeOn(account), { message: /has to be locked/ })
    await atomically.on('address', 'a', async () => {
      t.notThrows(() => atomically.mustBeOn('address', 'a'))
      t.throws(() => atomically.mustBeOn('address', 'b'), { message: /has to be locked/ })
      t.throws(() => atomically.mustBeOn('identity', 'a'), { message: /has to be locked/ })
    })
  })
})
