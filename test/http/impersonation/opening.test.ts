import test from 'ava'
import { operator } from '../../../src/base/actor.ts'
import { AdminClient, administrator } from '../../support/admin-api.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { actAs, impersonationLink, makeAdministrator, REASON, signInAs } from '../../support/impersonation.ts'
import { makePerson } from '../../support/people.ts'
import { RelyingParty } from '../../support/relying-party.ts'

const gatehouse = await startGatehouse({ env: { SIGN_IN_LIMIT_IP: '1000/1h' } })
const { app, url } = gatehouse
test.after.always(() => gatehouse.stop())

const body = { reason: REASON }

test('an administrator gets a link by the API, and only they can use it', async t => {
  const { person: olga, api } = await administrator(gatehouse)
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const { status, body: link } = await api.call('createImpersonation', { params: { account: ana.id }, body })
  t.is(status, 201)
  t.true(link.url.startsWith(`${url}/impersonation/`))
  t.true(Date.parse(link.expires_at) <= Date.now() + 5 * 60_000)
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}/account`), ana)
  t.is((await browser.open(link.url)).page.status, 404)
  const [event] = await app.scope(() => app.audit.of(ana.id, { kinds: ['impersonation.opened'] }))
  const changes = { administrator: { from: null, to: olga.id }, minutes: { from: null, to: 15 } }
  t.like(event, { actorKind: 'account', actorId: olga.id, subject: ana.id, changes })

  const { body: listed } = await api.call('listImpersonations', { params: { account: ana.id } })
  const unused = { started_at: null, ends_at: null, ended_at: null }
  t.like(listed.impersonations, [{ id: event!.target, administrator: olga.id, reason: REASON, minutes: 15, ...unused }])
})

test('a reason and a time are required within their limits', async t => {
  const { api } = await administrator(gatehouse)
  const params = { account: (await makePerson(gatehouse)).id }
  for (const [field, wrong] of [
    ['reason', { reason: 'too short' }],
    ['reason', { reason: ` ${' '.repeat(20)}short` }],
    ['reason', { reason: 'x'.repeat(501) }],
    ['minutes', { ...body, minutes: 0 }],
    ['minutes', { ...body, minutes: 61 }],
    ['minutes', { ...body, minutes: 1.5 }],
  ] as const) {
    const { status, problem } = await api.call('createImpersonation', { params, body: wrong })
    t.is(status, 422, JSON.stringify(wrong))
    t.deepEqual(Object.keys(problem.fields ?? {}), [field])
  }
})

test('a machine cannot act as anyone, and is told so', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'machine', permissions: ['accounts:impersonate'] })
  const granted = await rp.post('/token', {
    grant_type: 'client_credentials',
    scope: 'accounts:impersonate',
    resource: `${url}/api/v1`,
  })
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const api = new AdminClient(gatehouse, granted.body.access_token)
  const { status, problem } = await api.call('createImpersonation', { params: { account: ana.id }, body })
  t.is(status, 403)
  t.regex(problem.detail, /a machine cannot/)
})

test('the role admin does not have the permission, and superusers alone give it', async t => {
  const { api: admin } = await administrator(gatehouse, ['admin'])
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  t.is((await admin.call('createImpersonation', { params: { account: ana.id }, body })).status, 403)

  await app.scope(() =>
    app.roles.create(
      { name: 'support-lead', permissions: ['accounts:impersonate', 'accounts:read', 'roles:write', 'roles:assign'] },
      { by: operator },
    ),
  )
  const { api: lead } = await administrator(gatehouse, ['support-lead'])
  const created = await lead.call('createRole', { body: { name: 'mine', permissions: ['accounts:impersonate'] } })
  t.is(created.status, 403)
  t.regex(created.problem.detail, /superuser/)
  const assigned = await lead.call('assignRole', { params: { account: ana.id, role: 'support-lead' } })
  t.is(assigned.status, 403)
  t.is((await lead.call('createImpersonation', { params: { account: ana.id }, body })).status, 201)
  const { api: root } = await administrator(gatehouse)
  t.is((await root.call('createRole', { body: { name: 'theirs', permissions: ['accounts:impersonate'] } })).status, 201)
})

test('nobody acts as someone with more rights: neither when it is opened nor when it starts', async t => {
  await app.scope(() => app.roles.create({ name: 'helper', permissions: ['accounts:impersonate'] }, { by: operator }))
  const sam = await makeAdministrator(gatehouse, ['helper'], 'Sam')
  const ana = await makePerson(gatehouse, { name: 'Ana' })
  const { token } = await app.scope(async () => {
    const [by, account] = [await app.accounts.find(sam.id), await app.accounts.find(ana.id)]
    return app.impersonations.open(account, { administrator: by, ...body }, { by: operator })
  })
  const browser = new Browser(url)
  await signInAs(await browser.open(`${url}/impersonation/${token}`), sam)
  t.is(browser.heading, 'Act as Ana?')
  await app.scope(async () => app.assignments.assign(await app.accounts.find(ana.id), ['admin'], { by: operator }))
  await browser.submit({}, { action: token })
  t.is(browser.page.status, 403)
  t.is(browser.heading, "You can't act as this person")
  t.deepEqual(await app.scope(() => app.sessions.of(ana.id)), [])
})

test('operators see who acts, and can end it', async t => {
  const { olga, ana, browser } = await actAs(t, gatehouse)
  const { api } = await administrator(gatehouse)
  const { body: listed } = await api.call('listSessions', { params: { account: ana.id } })
  t.deepEqual(
    listed.sessions.map(each => each.impersonated_by),
    [olga.id],
  )
  const params = { account: ana.id, session: listed.sessions[0]!.key }
  t.is((await api.call('revokeSession', { params })).status, 204)
  t.is((await browser.open(`${url}/account`)).heading, 'The support session has ended')
})

test('only superusers act as someone who has a role that they do not have, and it ends when such a role is given', async t => {
  const roles = [
    { name: 'agent', permissions: ['accounts:impersonate'] as const },
    { name: 'invoices', permissions: [] },
  ]
  await app.scope(async () => {
    for (const role of roles) await app.roles.create(role, { by: operator })
  })
  const tim = await makeAdministrator(gatehouse, ['agent', 'subscriber'], 'Tim')
  const ana = await makePerson(gatehouse, { name: 'Ana', roles: ['subscriber'], emailVerified: true })
  const give = (name: string) =>
    app.scope(async () => app.assignments.assign(await app.accounts.find(ana.id), [name], { by: operator }))
  const { browser } = await actAs(t, gatehouse, { administrator: tim, person: ana })
  await give('invoices')
  t.is((await browser.open(`${url}/account`)).heading, 'The support session has ended')
  await t.throwsAsync(impersonationLink(gatehouse, tim, ana), { message: /roles that .*: invoices/ })
  await app.scope(async () => app.assignments.assign(await app.accounts.find(tim.id), ['invoices'], { by: operator }))
  await t.notThrowsAsync(impersonationLink(gatehouse, tim, ana))
  await give('admin')
  await t.throwsAsync(impersonationLink(gatehouse, tim, ana), { message: /permits more/ })
  await t.notThrowsAsync(impersonationLink(gatehouse, await makeAdministrator(gatehouse), ana))
})

test('impersonations are kept as long as an audit event tells of them', async t => {
  const gatehouse = await startGatehouse()
  t.teardown(() => gatehouse.stop())
  const { app } = gatehouse
  const [olga, ana] = [await makeAdministrator(gatehouse), await makePerson(gatehouse, { emailVerified: true })]
  await impersonationLink(gatehouse, olga, ana)
  const prune = () => app.scope(() => app.impersonations.prune())
  await app.scope(() =>
    app.em.execute("update impersonation set link_expires_at = link_expires_at - interval '31 days'"),
  )
  t.is(await prune(), 0)
  await app.scope(() => app.em.execute("delete from audit_event where kind = 'impersonation.opened'"))
  t.is(await prune(), 1)
})
