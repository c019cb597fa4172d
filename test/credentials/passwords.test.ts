import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Busy, InvalidInput } from '../../src/base/refusals.ts'
import type { HashingCost } from '../../src/credentials/passwords/hashing.ts'
import { Passwords } from '../../src/credentials/passwords/passwords.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, PASSWORD, setPassword } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const COST = { memory: 64, passes: 1, parallelism: 1, concurrency: 2, queue: 30 }
const passwordsOf = (cost: Partial<HashingCost>) =>
  new Passwords({ ...app, config: { ...app.config, passwordHashing: { ...COST, ...cost } } })

/** Verifies as a sign-in does, including the renewal of an outdated digest. */
const verify = (id: string | null, attempt: string, passwords = app.passwords) =>
  app.scope(async () => {
    const right = await passwords.verify(id ? await app.accounts.find(id) : null, attempt)
    await app.em.flush()
    return right
  })
const set = (id: string, text: string) => setPassword(app, id, text)

async function digestOf(id: string): Promise<string> {
  const [row] = await app.em
    .fork()
    .execute<{ digest: string }[]>('select digest from password where account_id = ?', [id])
  return row?.digest ?? ''
}

test('only exactly the right password is accepted', async t => {
  const { id } = await makePerson(gatehouse)
  t.true(await verify(id, PASSWORD))
  for (const wrong of [
    '',
    PASSWORD.toUpperCase(),
    `${PASSWORD} `,
    PASSWORD.slice(1),
    `${PASSWORD}\0`,
    'x'.repeat(5000),
  ]) {
    t.false(await verify(id, wrong), wrong.slice(0, 40))
  }
})

test('a password works in every Unicode form that a keyboard may produce', async t => {
  const { id } = await makePerson(gatehouse)
  await set(id, 'Ångström résumé')
  t.true(await verify(id, '\u212bngstro\u0308m re\u0301sume\u0301'))
  await set(id, 'ｆｕｌｌ　ｗｉｄｔｈ')
  t.true(await verify(id, 'full width'))
})

test('a new password replaces the old one, and an invalid one changes nothing', async t => {
  const { id } = await makePerson(gatehouse)
  await set(id, 'a second horse')
  t.false(await verify(id, PASSWORD))
  const before = await digestOf(id)
  await t.throwsAsync(set(id, 'short'), { instanceOf: InvalidInput })
  t.is(await digestOf(id), before)
  t.true(await verify(id, 'a second horse'))
})

test('a digest with outdated parameters is renewed only when its owner signs in', async t => {
  const { id } = await makePerson(gatehouse)
  const before = await digestOf(id)
  const stronger = passwordsOf({ passes: 2, memory: 256 })
  t.false(await verify(id, 'wrong', stronger))
  t.is(await digestOf(id), before)
  t.true(await verify(id, PASSWORD, stronger))
  t.regex(await digestOf(id), /m=256,.*t=2/)
  const renewed = await digestOf(id)
  t.true(await verify(id, PASSWORD, stronger))
  t.is(await digestOf(id), renewed)
  t.true(await verify(id, PASSWORD))
})

test('no password is accepted for an account without one', async t => {
  const account = await app.scope(() => app.registration.create({ email: 'without@example.org' }, { by: operator }))
  for (const attempt of ['', PASSWORD, 'null']) t.false(await verify(account.id, attempt))
})

test('L-10: verifying the password of an unknown account does the same work in the same queue', async t => {
  const { id } = await makePerson(gatehouse)
  const slow = passwordsOf({ memory: 65_536, passes: 3, concurrency: 1, queue: 0 })
  await slow.ready()
  for (const [running, waiting] of [
    [id, null],
    [null, id],
    [null, null],
  ] as const) {
    const first = verify(running, 'wrong', slow)
    const results = await Promise.allSettled([first, ...[1, 2, 3].map(() => verify(waiting, 'wrong', slow))])
    const busy = results.filter(result => result.status === 'rejected' && result.reason instanceof Busy)
    // All three, unless on a busy machine one finishes before another has found its account.
    t.true(busy.length >= 1, `${running} ${waiting}`)
  }
})

test('L-10: verifying a password takes the same time with and without an account', async t => {
  const { id } = await makePerson(gatehouse)
  const slow = passwordsOf({ memory: 16_384, passes: 2, concurrency: 1 })
  t.true(await verify(id, PASSWORD, slow))
  const times = { known: [] as number[], unknown: [] as number[] }
  for (let round = 0; round < 15; round++) {
    for (const who of ['known', 'unknown'] as const) {
      const started = performance.now()
      await verify(who === 'known' ? id : null, 'wrong', slow)
      times[who].push(performance.now() - started)
    }
  }
  const median = (all: number[]) => all.toSorted((a, b) => a - b)[7]!
  const ratio = median(times.unknown) / median(times.known)
  // Finding the account takes a few milliseconds; without the hash the ratio would be a tenth.
  t.true(ratio > 0.5 && ratio < 2, `${ratio}`)
})
