import test from 'ava'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { Forbidden } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'

// One after the other, each leaving one superuser: who the last one is depends on everybody there is.
const gatehouse = await startGatehouse()
const here = gatehouse.app
const there = (await gatehouse.another()).app
test.after.always(() => gatehouse.stop())

const by = operator
const strip = (id: string, { scope, roles, accounts }: App) =>
  scope(async () => roles.remove(await accounts.find(id), ['superuser'], { by }))
const suspend = (id: string, { scope, suspension }: App) => scope(() => suspension.suspend(id, { by }))
const superuser = async () => (await makePerson(gatehouse, { roles: ['superuser'] })).id

async function active(): Promise<string[]> {
  const rows = await here.em
    .fork()
    .execute<{ id: string }[]>(
      "select id from account join assignment on account_id = id where role_name = 'superuser' and suspended_at is null",
    )
  return rows.map(({ id }) => id)
}

let last = ''
test.before(async () => {
  last = await superuser()
})

for (const [title, lose] of Object.entries({ stripped: strip, suspended: suspend })) {
  test.serial(`A-05: the last superuser cannot be ${title}`, async t => {
    const refusal = await t.throwsAsync(lose(last, here), { instanceOf: Forbidden })
    t.is(refusal?.code, 'last_superuser')
    t.deepEqual(await active(), [last])
    const { kind } = (await here.scope(() => here.trail.of(last)))[0]!
    t.false(['role.taken', 'account.suspended'].includes(kind))
  })
}

test.serial('A-05: a suspended superuser counts for nothing', async t => {
  const other = await superuser()
  await suspend(other, here)
  await t.throwsAsync(strip(last, here), { instanceOf: Forbidden })
  await t.throwsAsync(suspend(last, here), { instanceOf: Forbidden })
  await t.notThrowsAsync(strip(other, here))
  t.deepEqual(await active(), [last])
})

const races: [title: string, one: typeof strip | typeof suspend, two: typeof strip | typeof suspend][] = [
  ['strip', strip, strip],
  ['suspend', suspend, suspend],
  ['strip and suspend', strip, suspend],
]
for (const [title, one, two] of races) {
  test.serial(`A-05: of two operators who ${title} the last two superusers at once, one is refused`, async t => {
    for (let round = 0; round < 5; round++) {
      const other = await superuser()
      const results = await Promise.allSettled([one(last, here), two(other, there)])
      const refusals = results.filter(result => result.status === 'rejected')
      t.is(refusals.length, 1)
      t.true(refusals[0]!.reason instanceof Forbidden, String(refusals[0]!.reason))
      const left = await active()
      t.is(left.length, 1)
      last = left[0]!
    }
  })
}

test.serial('A-05: two who suspend each other at once do not leave the house without anybody', async t => {
  const other = await superuser()
  const results = await Promise.allSettled([suspend(other, here), suspend(last, there), suspend(other, there)])
  t.true(results.some(({ status }) => status === 'rejected'))
  t.is((await active()).length, 1)
})
