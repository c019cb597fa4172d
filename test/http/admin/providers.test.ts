import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { administrator } from '../../support/admin-api.ts'
import { startGatehouse } from '../../support/gatehouse.ts'

const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' } })
const { api } = await administrator(gatehouse)
const { api: admin } = await administrator(gatehouse, ['admin'])

const SECRET = 'hunter2-hunter2-hunter2'
const GITHUB = { kind: 'github', client_id: 'gatehouse', client_secret: SECRET } as const

test('a provider is added, changed, disabled, enabled and removed, and its secret is in no answer', async t => {
  const params = { provider: 'github' }
  const added = await api.call('addProvider', { body: GITHUB })
  t.is(added.status, 201)
  t.is(added.headers.get('location'), `${gatehouse.url}/api/v1/providers/github`)
  t.like(added.body, { title: 'GitHub', enabled: true, has_secret: true, client_id: 'gatehouse' })
  t.is(added.body.redirect_uri, `${gatehouse.url}/federation/github/callback`)

  const got = await api.call('getProvider', { params })
  t.deepEqual(got.body, added.body)
  const etag = got.headers.get('etag')!
  const changed = await api.call('updateProvider', {
    params,
    body: {
      title: 'Work',
      policy: { keep_tokens: true, role_mapping: { claim: 'groups', roles: { staff: ['admin'] } } },
    },
    headers: { 'if-match': etag },
  })
  t.is(changed.status, 200)
  t.like(changed.body.policy, { keep_tokens: true, linking: true })
  t.deepEqual(changed.body.policy.role_mapping, { claim: 'groups', roles: { staff: ['admin'] } })
  const read = await api.call('getProvider', { params })
  t.deepEqual(read.body, changed.body)
  t.is(read.headers.get('etag'), changed.headers.get('etag'))

  for (const name of ['disableProvider', 'enableProvider', 'removeProvider'] as const)
    t.is((await api.call(name, { params, headers: { 'if-match': etag } })).status, 412, name)
  t.is((await api.call('disableProvider', { params })).status, 204)
  t.false((await api.call('getProvider', { params })).body.enabled)
  t.is((await api.call('enableProvider', { params })).status, 204)
  const listed = await api.call('listProviders')
  t.true(listed.body.providers.some(({ name, enabled }) => name === 'github' && enabled))
  for (const { body } of [added, got, changed, listed]) t.false(JSON.stringify(body).includes(SECRET))
  t.notRegex(JSON.stringify(listed.body), /sealed/i)

  t.is((await api.call('removeProvider', { params })).status, 204)
  t.is((await api.call('getProvider', { params })).status, 404)
})

test('a check says what is wrong with a provider, and is no error', async t => {
  const name = 'away'
  const body = { kind: 'oidc', name, issuer: 'http://127.0.0.1:9', client_id: 'x', client_secret: SECRET } as const
  t.is((await api.call('addProvider', { body })).status, 201)
  const { status, body: answer } = await api.call('checkProvider', { params: { provider: name } })
  t.is(status, 200)
  t.like(
    answer.findings.find(({ check }) => check === 'discovery'),
    { ok: false },
  )
})

test('what is wrong is named as in the body, also a role that does not exist', async t => {
  const none = await api.call('addProvider', { body: { kind: 'discord', client_id: 'x' } })
  t.deepEqual([none.status, Object.keys(none.problem.fields!)], [422, ['client_secret']])
  const role = await api.call('addProvider', {
    body: { ...GITHUB, name: 'roles', policy: { roles: ['no-such-role'] } },
  })
  t.deepEqual([role.status, Object.keys(role.problem.fields!)], [422, ['policy.roles']])
  const superuser = await api.call('addProvider', {
    body: { ...GITHUB, name: 'roles', policy: { role_mapping: { claim: 'g', roles: { g: ['superuser'] } } } },
  })
  t.is(superuser.status, 422)
  t.is((await api.call('getProvider', { params: { provider: 'roles' } })).status, 404)
})

test('only superusers change providers; admins list and check them', async t => {
  t.is((await admin.call('listProviders')).status, 200)
  t.is((await admin.call('addProvider', { body: { ...GITHUB, name: 'mine' } })).status, 403)
})

test.after.always(() => gatehouse.stop())

test('what a sign-in with given claims would do is previewed, only for those who may read accounts', async t => {
  await api.call('addProvider', { body: { ...GITHUB, name: 'preview' } })
  const params = { provider: 'preview' }
  const claims = { id: 7, login: 'ada', email: 'ada@example.org', email_verified: true }
  const { status, body } = await api.call('previewSignIn', { params, body: { claims } })
  t.is(status, 200)
  t.like(body, { subject: '7', username: 'ada', unknown_roles: [] })
  t.regex(body.because, /\w+/)
  const wrong = await api.call('previewSignIn', { params, body: { claims: { login: 'ada' } } })
  t.is(wrong.status, 422)
  t.deepEqual(Object.keys(wrong.problem.fields ?? {}), ['claims'])

  const reads = { name: 'provider-reader', permissions: ['providers:read'] as const }
  await gatehouse.app.scope(() => gatehouse.app.roles.create(reads, { by: operator }))
  const { api: reader } = await administrator(gatehouse, ['provider-reader'])
  t.is((await reader.call('previewSignIn', { params, body: { claims } })).status, 403)
})
