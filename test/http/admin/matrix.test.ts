import test, { type ExecutionContext } from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { newId } from '../../../src/base/ids.ts'
import { ADMIN_PERMISSIONS, ALL_PERMISSIONS, type Permission } from '../../../src/clients/permissions.ts'
import { ROUTES } from '../../../src/http/api/admin/table.ts'
import { AccountApplication } from '../../support/account-api.ts'
import { AdminClient, administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'
import { TimeTravel } from '../../support/time-travel.ts'

// These tests send more requests than the limits allow; limits.test.ts tests the limits.
const gatehouse = await startGatehouse({ env: { API_LIMIT_IP: '100000/1m', API_LIMIT_ADMIN: '100000/1m' } })
test.after.always(() => gatehouse.stop())
const { app, url } = gatehouse
const audience = `${url}/api/v1`

/** Things that do not exist, so that a request which is let through changes nothing. */
const NOTHING: Record<string, string> = { account: newId() }

/** Sends a request to every route. Its body is an array, which none accepts. */
async function everyRoute(
  token: string | null,
  check: (answer: Awaited<ReturnType<AdminClient['send']>>, about: string, permission: Permission) => void,
): Promise<void> {
  const client = new AdminClient({ url }, token)
  for (const [name, { method, path, permission }] of ROUTES) {
    const filled = path.replace(/:(\w+)/g, (_, parameter: string) => NOTHING[parameter] ?? 'no-such-thing')
    const body = method === 'get' || method === 'delete' ? undefined : []
    check(await client.send(method, filled, { body }), `${name}: ${method} ${path}`, permission)
  }
}

async function refusedEverywhere(t: ExecutionContext, token: string | null, error: string | null): Promise<void> {
  await everyRoute(token, ({ status, headers, problem }, about, permission) => {
    t.is(status, 401, about)
    t.is(headers.get('content-type'), 'application/problem+json', about)
    t.is(problem.code, error ?? 'token_required', about)
    const challenge = headers.get('www-authenticate') ?? ''
    t.true(challenge.startsWith(`Bearer realm="${url}"`), `${about}: ${challenge}`)
    if (error === null) t.true(challenge.includes(`scope="${permission}"`), `${about}: ${challenge}`)
  })
}

/** Routes with one of these permissions let the request through, all others refuse it. */
async function allowedExactly(t: ExecutionContext, token: string, permissions: readonly Permission[]): Promise<void> {
  await everyRoute(token, ({ status, headers, problem }, about, permission) => {
    if (permissions.includes(permission)) {
      t.true(status < 500 && ![401, 403].includes(status), `${about}: ${status} ${JSON.stringify(problem)}`)
      t.true(headers.has('ratelimit'), about)
      return
    }
    t.is(status, 403, `${about}: ${JSON.stringify(problem)}`)
    t.is(problem.code, 'insufficient_scope', about)
    t.true(headers.get('www-authenticate')!.includes(`scope="${permission}"`), about)
  })
}

async function roleWith(name: string, permissions: readonly Permission[]): Promise<string> {
  await app.scope(() => app.roles.create({ name, permissions }, { by: operator }))
  return name
}

test('A-01: every permission guards a route, and every route has its permission from the list', t => {
  const used = new Set(ROUTES.map(([, { permission }]) => permission))
  t.deepEqual([...used].sort(), [...ALL_PERMISSIONS].sort())
})

test('A-01: no route answers a request without a token, and the challenge names the permission', async t => {
  await refusedEverywhere(t, null, null)
})

test('A-01: no route accepts an invalid token, or one for something else', async t => {
  await refusedEverywhere(t, 'garbage', 'invalid_token')

  const { tokens } = await (await AccountApplication.register(gatehouse)).signIn()
  await refusedEverywhere(t, tokens.access_token, 'invalid_token')
  await refusedEverywhere(t, tokens.id_token!, 'invalid_token')
  await refusedEverywhere(t, tokens.refresh_token!, 'invalid_token')
})

test('A-01: no route accepts a token for another API, whose scopes have the names of permissions', async t => {
  const other = 'https://notes.example.org'
  const scopes = ALL_PERMISSIONS.map(name => ({ name }))
  await app.scope(() => app.resources.register({ id: other, name: 'Notes', scopes }, { by: operator }))
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: [...ALL_PERMISSIONS] })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials', resource: other })
  t.deepEqual(body.scope.split(' ').sort(), [...ALL_PERMISSIONS].sort())
  await refusedEverywhere(t, body.access_token, 'invalid_token')

  // Nor does it get one for this API: what it may do there is a property of its own.
  const refused = await machine.post('/token', { grant_type: 'client_credentials', resource: audience })
  t.is(refused.status, 400)
  t.is(refused.body.error, 'invalid_target')
})

test('A-01: no route accepts a revoked token, or one of a suspended account', async t => {
  const revoked = await administrator(gatehouse)
  await app.scope(() => app.grants.revoke(revoked.person.id, {}, { by: operator }))
  await refusedEverywhere(t, revoked.token, 'invalid_token')

  const suspended = await administrator(gatehouse)
  await app.scope(() => app.suspension.suspend(suspended.person.id, { by: operator }))
  await refusedEverywhere(t, suspended.token, 'invalid_token')
  await app.scope(() => app.suspension.reinstate(suspended.person.id, { by: operator }))
  await refusedEverywhere(t, suspended.token, 'invalid_token')
})

test.serial('A-01: no route accepts an expired token', async t => {
  const { token } = await administrator(gatehouse)
  new TimeTravel(t).pass(3600 + 20)
  await refusedEverywhere(t, token, 'invalid_token')
})

test('A-01: a person without any permission gets no token', async t => {
  const person = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { permissions: [...ALL_PERMISSIONS] })
  const { tokens } = await rp.signIn(person, { scope: 'openid accounts:read', resource: audience })
  t.is(tokens.scope, '')
  await everyRoute(tokens.access_token, ({ status }, about) => t.true([401, 403].includes(status), about))
})

test('A-01: a read-only administrator reads everything, and changes nothing', async t => {
  const reads = ALL_PERMISSIONS.filter(name => name.endsWith(':read'))
  const { token } = await administrator(gatehouse, [await roleWith('auditor', reads)])
  await allowedExactly(t, token, reads)
})

test('A-01: a help desk suspends, signs out and resets factors, and does nothing else', async t => {
  const permissions = ['accounts:suspend', 'sessions:revoke', 'accounts:factors'] as const
  const { token } = await administrator(gatehouse, [await roleWith('help-desk', permissions)])
  await allowedExactly(t, token, permissions)
})

test('A-01: the role admin permits what is documented, and a superuser everything', async t => {
  const admin = await administrator(gatehouse, ['admin'])
  await allowedExactly(t, admin.token, ADMIN_PERMISSIONS)
  const superuser = await administrator(gatehouse)
  await allowedExactly(t, superuser.token, ALL_PERMISSIONS)
})

test('A-01: a token carries only what the application asked for, whatever the person may do', async t => {
  const { token } = await administrator(gatehouse, ['superuser'], ['accounts:read'])
  await allowedExactly(t, token, ['accounts:read'])
})

test('A-01: a machine does what it is registered for, with a token of its own credentials', async t => {
  const permissions = ['accounts:read', 'audit:read'] as const
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', permissions: [...permissions] })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials', resource: audience })
  t.is(body.scope, permissions.join(' '))
  await allowedExactly(t, body.access_token, permissions)

  const fewer = await machine.post('/token', { grant_type: 'client_credentials', scope: 'audit:read' })
  t.is(fewer.body.scope, 'audit:read')
  await allowedExactly(t, fewer.body.access_token, ['audit:read'])

  await app.scope(() => app.clients.update(machine.id, { permissions: ['audit:read'] }, { by: operator }))
  await allowedExactly(t, body.access_token, ['audit:read'])
  await machine.post('/token/revocation', { token: body.access_token })
  await refusedEverywhere(t, body.access_token, 'invalid_token')
})

test('A-01: a client that is registered again under the ID of a removed one inherits no token', async t => {
  const registration = { id: 'reporter', profile: 'machine', permissions: ['audit:read'] } as const
  const machine = await RelyingParty.register(gatehouse, { ...registration, permissions: ['audit:read'] })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials', resource: audience })
  await app.scope(() => app.clients.remove(machine.id, { by: operator }))
  await refusedEverywhere(t, body.access_token, 'invalid_token')
})

test('A-01: a person who loses a role loses what it permits at once, with the same token', async t => {
  const role = await roleWith('leaving', ['accounts:read', 'roles:read'])
  const { token, person } = await administrator(gatehouse, [role])
  await allowedExactly(t, token, ['accounts:read', 'roles:read'])
  await app.scope(() => app.roles.update(role, { permissions: ['roles:read'] }, { by: operator }))
  await allowedExactly(t, token, ['roles:read'])
  await app.scope(async () => app.assignments.unassign(await app.accounts.find(person.id), [role], { by: operator }))
  await allowedExactly(t, token, [])
})
