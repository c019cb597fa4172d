import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const gatehouse = await startGatehouse()
const { api, person } = await administrator(gatehouse)

test('events name the administrator who made the change', async t => {
  await api.call('createRole', { body: { name: 'editor' } })
  const { body } = await api.call('listEvents', { query: { kind: 'role.created' } })
  t.like(body.events[0], { kind: 'role.created', target: 'editor', actor: `account:${person.id}`, success: true })
})

test('events come in pages, newest first, each once, and can be filtered', async t => {
  const ada = await makePerson(gatehouse)
  for (let round = 0; round < 3; round += 1) {
    await api.call('suspendAccount', { params: { account: ada.id } })
    await api.call('reinstateAccount', { params: { account: ada.id } })
  }
  const params = { account: ada.email }
  const query = { kind: 'account.suspended,account.reinstated', limit: 2 }
  const seen: string[] = []
  let after: string | null | undefined
  do {
    const { body } = await api.call('listAccountEvents', { params, query: { ...query, ...(after && { after }) } })
    t.true(body.events.every(({ subject }) => subject === ada.id))
    seen.push(...body.events.map(({ id }) => id))
    after = body.next
  } while (after)
  t.is(seen.length, 6)
  t.deepEqual(seen, [...seen].sort().reverse())
  const failed = await api.call('listEvents', { query: { success: 'false' } })
  t.true(failed.body.events.every(({ success }) => !success))
})

test('an unknown kind, and a page after nothing, are refused by the names in the query', async t => {
  const unknown = await api.call('listEvents', { query: { kind: 'no.such' } })
  t.deepEqual([unknown.status, Object.keys(unknown.problem.fields!)], [422, ['kind']])
  const nowhere = await api.call('listEvents', { query: { after: 'x' } })
  t.deepEqual([nowhere.status, Object.keys(nowhere.problem.fields!)], [422, ['after']])
})

test.after.always(() => gatehouse.stop())
