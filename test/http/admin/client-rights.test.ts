import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import type { ClientRegistration } from '../../../src/clients/registration.ts'
import { type AdminClient, administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const { api: superuser } = await administrator(gatehouse)
const { api: admin } = await administrator(gatehouse, ['admin'])

const WEB = { client_name: 'Shop', profile: 'web' as const, redirect_uris: ['https://shop.example.com/callback'] }
const MACHINE = { client_name: 'Job', profile: 'machine' as const }

/** A client that an operator has registered. */
async function registered(id: string, more: Partial<ClientRegistration> = {}) {
  const registration = { id, name: id, profile: 'web' as const, redirectUris: WEB.redirect_uris, ...more }
  await app.scope(() => app.clients.register(registration, { by: operator }))
  return id
}

const stored = (id: string) => app.scope(async () => (await app.clients.find(id)).fields())

/** Everything that changes a client. */
function attempts(api: AdminClient, client: string) {
  const params = { client }
  return [
    () => api.call('updateClient', { params, body: { client_name: 'Mine' } }),
    () => api.call('updateClient', { params, body: { redirect_uris: ['https://evil.example.com/'] } }),
    () => api.call('rotateClientSecret', { params }),
    () => api.call('adoptClient', { params }),
    () => api.call('removeClient', { params }),
  ]
}

test('no one gives an application or a machine a permission that they lack', async t => {
  const lacking = 'accounts:erase'
  const machine = await admin.call('registerClient', {
    body: { ...MACHINE, client_id: 'eraser', permissions: [lacking] },
  })
  t.is(machine.status, 403)
  t.regex(machine.problem.detail, /permits more than you may do yourself: accounts:erase/)
  t.is((await superuser.call('getClient', { params: { client: 'eraser' } })).status, 404)

  const own = await admin.call('registerClient', { body: { ...WEB, permissions: ['accounts:read'] } })
  t.is(own.status, 201)
  const client = own.body.client_id
  const more = await admin.call('updateClient', { params: { client }, body: { permissions: [lacking] } })
  t.is(more.status, 403)
  t.deepEqual((await stored(client)).permissions, ['accounts:read'])
})

test('only a superuser makes a machine with permissions, which outlast those of the person', async t => {
  const permissions = ['accounts:read' as const]
  const refused = await admin.call('registerClient', { body: { ...MACHINE, permissions } })
  t.is(refused.status, 403)
  t.regex(refused.problem.detail, /is a machine with permissions; this needs a superuser/)
  t.is((await superuser.call('registerClient', { body: { ...MACHINE, permissions } })).status, 201)
})

test('a token with fewer permissions than the person gives only those', async t => {
  const { api } = await administrator(gatehouse, ['superuser'], ['clients:write'])
  const permissions = ['accounts:read' as const]
  t.is((await api.call('registerClient', { body: { ...WEB, permissions } })).status, 403)
  t.is((await api.call('registerClient', { body: { ...WEB, permissions: ['clients:write'] } })).status, 201)
})

const protectedClients: [what: string, Partial<ClientRegistration>][] = [
  ['has a permission that they lack', { permissions: ['accounts:erase'] }],
  ['has a permission of superusers alone', { permissions: ['providers:write'] }],
  ['is first-party', { firstParty: true }],
  ['reaches the account pages', { scopes: ['openid', 'account'] }],
  ['gets upstream tokens', { scopes: ['openid', 'upstream_tokens'] }],
  ['is for superusers alone', { allowedRoles: ['superuser'] }],
  ['keeps superusers out', { deniedRoles: ['superuser'] }],
]
for (const [index, [what, registration]] of protectedClients.entries())
  test(`an admin changes nothing of an application that ${what}, and a superuser does`, async t => {
    const client = await registered(`protected-${index}`, registration)
    const before = await stored(client)
    for (const attempt of attempts(admin, client)) {
      const { status, problem } = await attempt()
      t.is(status, 403)
      t.is(problem.code, 'forbidden')
    }
    t.deepEqual(await stored(client), before)
    for (const attempt of attempts(superuser, client)) t.true((await attempt()).status < 300)
  })

const takeovers = [
  { first_party: true },
  { scopes: ['openid', 'account'] },
  { scopes: ['openid', 'upstream_tokens'] },
  { allowed_roles: ['superuser'] },
  { denied_roles: ['superuser'] },
  { permissions: ['providers:write' as const] },
]
for (const [index, change] of takeovers.entries())
  test(`an admin gives no application ${JSON.stringify(change)}`, async t => {
    t.is((await admin.call('registerClient', { body: { ...WEB, ...change } })).status, 403)
    const client = await registered(`plain-${index}`)
    const before = await stored(client)
    t.is((await admin.call('updateClient', { params: { client }, body: change })).status, 403)
    t.deepEqual(await stored(client), before)
    t.is((await superuser.call('updateClient', { params: { client }, body: change })).status, 200)
  })

test('a machine with every permission is still no superuser', async t => {
  const { body } = await superuser.call('listPermissions')
  const permissions = body.permissions.map(({ name }) => name)
  const machine = await superuser.call('registerClient', { body: { ...MACHINE, permissions } })
  const response = await fetch(`${gatehouse.url}/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${machine.body.client_id}:${machine.body.client_secret}`).toString('base64')}`,
    },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: `${gatehouse.url}/api/v1` }),
  })
  const { access_token: token } = (await response.json()) as { access_token: string }
  const request = (name: string, more: object) =>
    fetch(`${gatehouse.url}/api/v1/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...WEB, client_name: name, ...more }),
    })
  t.is((await request('plain', {})).status, 201)
  t.is((await request('first-party', { first_party: true })).status, 403)
  t.is((await request('providers', { permissions: ['providers:write'] })).status, 403)
})

test.after.always(() => gatehouse.stop())
