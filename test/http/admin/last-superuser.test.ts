import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { AdminClient, administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())
const { app } = gatehouse

async function superusers(): Promise<string[]> {
  const held = await app.scope(() =>
    app.em.execute<{ account_id: string }[]>(`
      select account_id from assignment join account on account.id = account_id
      where role_name = 'superuser' and suspended_at is null`),
  )
  return held.map(({ account_id: id }) => id)
}

for (const way of ['unassignRole', 'suspendAccount', 'eraseAccount'] as const)
  test.serial(`A-05: of the last two superusers, who both ${way} each other at once, one stays`, async t => {
    const [ada, eve] = [await administrator(gatehouse), await administrator(gatehouse)]
    for (const id of await superusers())
      if (id !== ada.person.id && id !== eve.person.id)
        await app.scope(async () =>
          app.assignments.unassign(await app.accounts.find(id), ['superuser'], { by: operator }),
        )
    const there = new AdminClient(await gatehouse.another(), eve.token)
    const who = (account: string) => ({ params: { account, role: 'superuser' } }) as never
    const answers = await Promise.all([ada.api.call(way, who(eve.person.id)), there.call(way, who(ada.person.id))])
    const [one, other] = answers.map(({ status }) => status).sort()
    t.is(one, 204)
    t.true([401, 403].includes(other!), `${other}`)
    t.is((await superusers()).length, 1)
  })

test.serial('A-05: the last superuser keeps the role without an end, and the account', async t => {
  const { api, person } = await administrator(gatehouse)
  for (const id of await superusers())
    if (id !== person.id)
      t.is((await api.call('unassignRole', { params: { account: id, role: 'superuser' } })).status, 204)
  const account = person.id
  const until = new Date(Date.now() + 60_000).toISOString()
  const answers = [
    await api.call('unassignRole', { params: { account, role: 'superuser' } }),
    await api.call('assignRole', { params: { account, role: 'superuser' }, body: { until } }),
    await api.call('suspendAccount', { params: { account } }),
    await api.call('eraseAccount', { params: { account } }),
  ]
  for (const { status, problem } of answers) {
    t.is(status, 403)
    t.is(problem.code, 'last_superuser')
  }
  t.deepEqual(await superusers(), [account])
})
