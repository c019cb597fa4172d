import test from 'ava'
import type { App } from '../../src/app.ts'
import { operator } from '../../src/base/actor.ts'
import { Forbidden } from '../../src/base/refusals.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { statementsWaitForLocks } from '../support/lock-waits.ts'
import { makePerson } from '../support/people.ts'

// Serial, and each test leaves one superuser, since the rule counts all accounts.
const gatehouse = await startGatehouse()
const here = gatehouse.app
const there = (await gatehouse.another()).app
test.after.always(() => gatehouse.stop())

const by = operator
const removeRole = (id: string, { scope, assignments, accounts }: App) =>
  scope(async () => assignments.unassign(await accounts.find(id), ['superuser'], { by }))
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

for (const [title, lose] of Object.entries({ 'lose the role': removeRole, 'be suspended': suspend })) {
  test.serial(`A-05: the last superuser cannot ${title}`, async t => {
    const refusal = await t.throwsAsync(lose(last, here), { instanceOf: Forbidden })
    t.is(refusal?.code, 'last_superuser')
    t.deepEqual(await active(), [last])
    const { kind } = (await here.scope(() => here.audit.of(last)))[0]!
    t.false(['role.unassigned', 'account.suspended'].includes(kind))
  })
}

test.serial('A-05: a suspended superuser does not count as a superuser', async t => {
  const other = await superuser()
  await suspend(other, here)
  await t.throwsAsync(removeRole(last, here), { instanceOf: Forbidden })
  await t.throwsAsync(suspend(last, here), { instanceOf: Forbidden })
  await t.notThrowsAsync(removeRole(other, here))
  t.deepEqual(await active(), [last])
})

const races: [title: string, one: typeof removeRole | typeof suspend, two: typeof removeRole | typeof suspend][] = [
  ['demote', removeRole, removeRole],
  ['suspend', suspend, suspend],
  ['demote and suspend', removeRole, suspend],
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

test.serial('A-05: two superusers who suspend each other at once cannot both succeed', async t => {
  const other = await superuser()
  const results = await Promise.allSettled([suspend(other, here), suspend(last, there), suspend(other, there)])
  t.true(results.some(({ status }) => status === 'rejected'))
  t.is((await active()).length, 1)
})

const changes: Record<string, (id: string, app: App) => Promise<unknown>> = {
  suspend,
  reinstate: (id, { scope, suspension }) => scope(() => suspension.reinstate(id, { by })),
  schedule: (id, { scope, deletion, accounts }) =>
    scope(async () => deletion.schedule(await accounts.find(id), { by, exceptSession: 'none' })),
  erase: (id, { scope, erasure, accounts }) => scope(async () => erasure.of(await accounts.find(id), { by })),
  removeRole,
  promote: (id, { scope, assignments, accounts }) =>
    scope(async () => assignments.assign(await accounts.find(id), ['superuser', 'admin'], { by })),
}
for (const [title, change] of Object.entries(changes)) {
  test.serial(`F-25: the operation ${title} locks the account of a superuser before the role`, async t => {
    const id = await superuser()
    const [locked, waits] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const other = here.scope(async () => {
      const account = await here.accounts.find(id)
      await here.atomically.on(account, { by }, async () => {
        locked.resolve()
        await waits.promise
        await here.assignments.keepSuperuser(account)
      })
    })
    await locked.promise
    const changed = change(id, there)
    await statementsWaitForLocks(here)
    waits.resolve()
    await t.notThrowsAsync(Promise.all([other, changed]))
    if (title !== 'erase') await here.scope(async () => here.erasure.of(await here.accounts.find(id), { by }))
  })
}

test.serial('F-25: of two deletions of an account requested at once one succeeds, and one email is sent', async t => {
  const { id } = await makePerson(gatehouse)
  const schedule = changes.schedule!
  const [one, two] = await Promise.all([schedule(id, here), schedule(id, there)])
  t.deepEqual(one, two)
  const kinds = (await here.scope(() => here.audit.of(id))).map(({ kind }) => kind)
  t.is(kinds.filter(kind => kind === 'deletion.scheduled').length, 1)
})
