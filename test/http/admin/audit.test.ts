import test from 'ava'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const gatehouse = await startGatehouse()
const { api, person } = await administrator(gatehouse)

test('events name the administrator who made the change', async t => {
  await api.call('createRole', { body: { name: 'editor' } })
  const { body } = await api.call('listEvents', { query: { kind: 'role.created', actor: person.id, target: 'editor' } })
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

test('events can be searched by everything that the command line has', async t => {
  const { headers } = await api.call('createRole', { body: { name: 'searched' } })
  const request = headers.get('x-request-id')!
  await api.call('updateRole', { params: { role: 'searched' }, body: { description: 'now' } })
  const found = async (query: Parameters<typeof api.call<'listEvents'>>[1] & object) =>
    (await api.call('listEvents', query)).body.events.map(({ kind }) => kind)

  const [created] = (await api.call('listEvents', { query: { request } })).body.events
  t.like(created, { kind: 'role.created', request_id: request, changes: null })
  const [updated] = (await api.call('listEvents', { query: { target: 'searched', limit: 1 } })).body.events
  t.deepEqual(updated?.changes, { description: { from: '', to: 'now' } })

  t.deepEqual(await found({ query: { target: 'searched', actor: `account:${person.id}` } }), [
    'role.updated',
    'role.created',
  ])
  t.deepEqual(await found({ query: { target: 'searched', actor: 'operator' } }), [])
  t.deepEqual(await found({ query: { target: 'searched', since: updated!.at } }), ['role.updated'])
  t.deepEqual(await found({ query: { target: 'searched', until: updated!.at } }), ['role.created'])
  t.deepEqual(await found({ query: { target: 'searched', since: '9999-12-31T23:59:59-23:59' } }), [])
  t.deepEqual(await found({ query: { target: 'searched', until: '0000-01-01T00:00:00+23:59' } }), [])
})

test('events about an account are found by its ID, and those of an account can be narrowed down in the same way', async t => {
  const ada = await makePerson(gatehouse)
  const { headers } = await api.call('suspendAccount', { params: { account: ada.id } })
  await api.call('reinstateAccount', { params: { account: ada.id } })
  const request = headers.get('x-request-id')!
  const about = await api.call('listEvents', { query: { subject: ada.id, actor: person.id } })
  t.deepEqual(
    about.body.events.map(({ kind }) => kind),
    ['account.reinstated', 'account.suspended'],
  )
  const narrowed = await api.call('listAccountEvents', { params: { account: ada.id }, query: { request } })
  t.deepEqual(
    narrowed.body.events.map(({ kind, request_id }) => [kind, request_id]),
    [['account.suspended', request]],
  )
})

test('a filter that can match nothing is refused, and the field says what is expected', async t => {
  const wrong: [string, string, RegExp][] = [
    ['subject', 'ada@example.org', /ID of an account/],
    ['since', 'yesterday', /time such as 2027-/],
    ['until', '2027-01-31', /time such as 2027-/],
    ['request', 'a\0b', /null character/],
    ['actor', 'x'.repeat(501), /500 characters/],
    ['target', '\0', /null character/],
  ]
  for (const [field, value, message] of wrong) {
    const { status, problem } = await api.send('get', `/audit/events?${new URLSearchParams({ [field]: value })}`)
    t.is(status, 422, field)
    t.regex(problem.messages?.[field] ?? '', message)
  }
  const twice = await api.send('get', `/accounts/${person.id}/events?subject=${person.id}`)
  t.deepEqual([twice.status, Object.keys(twice.problem.fields!)], [422, ['subject']])
})

test.after.always(() => gatehouse.stop())
