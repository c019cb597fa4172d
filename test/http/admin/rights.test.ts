import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import type { Permission } from '../../../src/clients/permissions.ts'
import { createOperatorToken } from '../../../src/oidc/bearer/operator-tokens.ts'
import { AdminClient, administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse

const WRITES: readonly Permission[] = [
  ...['accounts:write', 'accounts:suspend', 'accounts:factors', 'accounts:erase', 'accounts:export'],
  ...['sessions:revoke', 'grants:revoke', 'roles:write', 'roles:assign', 'accounts:read', 'roles:read'],
] as Permission[]

await app.scope(() => app.roles.create({ name: 'deputy', permissions: WRITES }, { by: operator }))
test.after.always(() => gatehouse.stop())

test('A-01: no one changes an account that has more rights, in any way', async t => {
  const { api } = await administrator(gatehouse, ['deputy'])
  const above = await makePerson(gatehouse, { roles: ['superuser'] })
  const admin = await makePerson(gatehouse, { roles: ['admin'] })
  const equal = await makePerson(gatehouse, { roles: ['deputy'] })
  const ways: [method: string, path: string, body?: object][] = [
    ['PATCH', '', { name: 'Changed' }],
    ['PUT', '/verification'],
    ['PUT', '/suspension'],
    ['DELETE', '/suspension'],
    ['DELETE', '/attempts'],
    ['DELETE', '/factors'],
    ['POST', '/password-links'],
    ['DELETE', '/sessions'],
    ['DELETE', '/sessions/any'],
    ['DELETE', '/grants/any'],
    ['DELETE', '/consents/any'],
    ['PUT', '/roles/subscriber', {}],
    ['DELETE', '/roles/subscriber'],
    ['GET', '/export'],
    ['DELETE', ''],
  ]
  for (const [method, path, body] of ways) {
    for (const { id } of [above, admin]) {
      const { status, problem } = await api.send(method, `/accounts/${id}${path}`, { body })
      t.is(status, 403, `${method} ${path}: ${JSON.stringify(problem)}`)
      t.is(problem.code, 'forbidden', `${method} ${path}`)
    }
    t.not((await api.send(method, `/accounts/${equal.id}${path}`, { body })).status, 403, `${method} ${path}`)
  }
  const untouched = await app.scope(() => app.accounts.find(above.id))
  t.true(untouched.active)
  t.is(untouched.name, 'Ada')
})

test('A-01: no one assigns a role, or makes one, that permits more than they may do', async t => {
  const { api, person } = await administrator(gatehouse, ['deputy'])
  const account = (await makePerson(gatehouse)).id
  for (const role of ['superuser', 'admin']) {
    for (const who of [account, person.id]) {
      const refused = await api.call('assignRole', { params: { account: who, role }, body: {} })
      t.is(refused.status, 403, role)
    }
  }
  t.is((await api.call('assignRole', { params: { account, role: 'deputy' }, body: {} })).status, 204)

  const more = await api.call('createRole', { body: { name: 'more', permissions: ['clients:write'] } })
  t.is(more.status, 403)
  t.regex(more.problem.detail, /clients:write/)
  const equal = await api.call('createRole', { body: { name: 'equal', permissions: ['accounts:read'] } })
  t.is(equal.status, 201)
  const raised = await api.call('updateRole', { params: { role: 'equal' }, body: { permissions: ['audit:read'] } })
  t.is(raised.status, 403)
  t.deepEqual((await api.call('getRole', { params: { role: 'equal' } })).body?.permissions, ['accounts:read'])

  await app.scope(() => app.roles.create({ name: 'above', permissions: ['clients:write'] }, { by: operator }))
  t.is((await api.call('updateRole', { params: { role: 'above' }, body: { description: 'x' } })).status, 403)
  t.is((await api.call('removeRole', { params: { role: 'above' } })).status, 403)
})

test('the permissions of built-in roles cannot be changed, so that no one is locked out', async t => {
  const { api } = await administrator(gatehouse)
  for (const role of ['superuser', 'admin', 'subscriber']) {
    const { status } = await api.call('updateRole', { params: { role }, body: { permissions: [] } })
    t.is(status, 403, role)
    t.is((await api.call('removeRole', { params: { role } })).status, 403, role)
  }
  const alone = await api.call('createRole', { body: { name: 'upstream', permissions: ['providers:write'] } })
  t.is(alone.status, 422)
  t.truthy(alone.problem.fields?.permissions)
})

test('A-01: a superuser’s token without all permissions does not have their rank', async t => {
  const { api } = await administrator(gatehouse, ['superuser'], ['roles:assign', 'accounts:suspend'])
  const account = (await makePerson(gatehouse)).id
  t.is((await api.call('assignRole', { params: { account, role: 'superuser' }, body: {} })).status, 403)
  const other = await makePerson(gatehouse, { roles: ['superuser'] })
  t.is((await api.call('suspendAccount', { params: { account: other.id } })).status, 403)
})

test('A-02: a session or grant of another account is not found under this one', async t => {
  const { api } = await administrator(gatehouse)
  const [ada, eve] = [await administrator(gatehouse), await makePerson(gatehouse)]
  const { body } = await api.call('listGrants', { params: { account: ada.person.id } })
  const grant = body!.grants[0]!.id
  t.is((await api.call('revokeGrant', { params: { account: eve.id, grant } })).status, 404)
  t.is((await ada.api.call('listRoles')).status, 200)
  t.is((await api.call('revokeGrant', { params: { account: ada.person.id, grant } })).status, 204)
  t.is((await ada.api.call('listRoles')).status, 401)
})

test('A-03: what an account may not be told is refused by name, and nothing is changed', async t => {
  const { api } = await administrator(gatehouse)
  const extras = { roles: ['superuser'], id: 'x', email_verified: true, password_digest: 'x', suspended_at: null }
  const person = await makePerson(gatehouse)
  for (const [name, value] of Object.entries(extras)) {
    const body = { name: 'Changed', [name]: value } as never
    const { status, problem } = await api.call('updateAccount', { params: { account: person.id }, body })
    t.is(status, 422, name)
    t.is(problem.fields?.[name], 'unknown', name)
  }
  const { body } = await api.call('getAccount', { params: { account: person.id } })
  t.is(body?.name, 'Ada')
  t.deepEqual(body?.roles, ['subscriber'])
  const created = await api.call('createAccount', { body: { email: 'x@example.org', roles: ['superuser'] } as never })
  t.is(created.status, 422)
  t.is((await api.call('listAccounts', { query: { role: 'superuser' } as never })).status, 422)
})

test('A-01: a person whose role ends cannot give it for longer, to themselves or to others', async t => {
  const { api, person } = await administrator(gatehouse, ['deputy'])
  const [soon, later] = [1, 2].map(days => new Date(Date.now() + days * 86_400_000))
  await app.scope(async () =>
    app.assignments.assign(await app.accounts.find(person.id), ['deputy'], { by: operator, until: soon! }),
  )
  const other = await makePerson(gatehouse)
  for (const account of [person.id, other.id]) {
    for (const until of [null, later!.toISOString()]) {
      const { status } = await api.call('assignRole', { params: { account, role: 'deputy' }, body: { until } })
      t.is(status, 403, `${until}`)
    }
  }
  const until = soon!.toISOString()
  t.is((await api.call('assignRole', { params: { account: other.id, role: 'deputy' }, body: { until } })).status, 204)
})

test('text that the database cannot store is refused, and If-Match where nothing is compared', async t => {
  const { api } = await administrator(gatehouse)
  for (const description of ['a\0', '\ud800']) {
    const { status, problem } = await api.call('createRole', { body: { name: 'odd', description } })
    t.is(status, 422)
    t.regex(problem.detail, /null character/)
  }
  const { id: account } = await makePerson(gatehouse)
  const { status, problem } = await api.call('eraseAccount', { params: { account }, headers: { 'if-match': '"old"' } })
  t.is(status, 422)
  t.truthy(problem.fields?.['If-Match'])
  t.is((await api.call('getAccount', { params: { account } })).status, 200)
})

test('an idempotent answer is not repeated for another application, or with other rights', async t => {
  const { api, person } = await administrator(gatehouse)
  const headers = { 'idempotency-key': 'order-4711' }
  const body = { email: `eve-${person.id.slice(-6)}@example.org`, invite: true }
  const made = await api.call('createAccount', { body, headers })
  t.is(made.status, 201)
  const again = await api.call('createAccount', { body, headers })
  t.is(again.headers.get('idempotency-replayed'), 'true')
  t.deepEqual(again.body, made.body)
  const fewer = await app.scope(async () =>
    createOperatorToken(app, await app.accounts.find(person.id), { permissions: ['accounts:write'], ttl: 60 }),
  )
  const other = await new AdminClient(gatehouse, fewer.accessToken).call('createAccount', { body, headers })
  t.is(other.status, 422)
  t.is(other.headers.get('idempotency-replayed'), null)
})
