import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const there = (await gatehouse.another()).app
test.after.always(() => gatehouse.stop())

const by = operator
const register = (id: string, ...scopes: string[]) =>
  app.scope(() => app.resources.register({ id, name: 'API', scopes: scopes.map(name => ({ name })) }, { by }))
const update = (id: string, changes: object) => app.scope(() => app.resources.update(id, changes, { by }))
const find = (id: string) => app.scope(() => app.resources.find(id))

test('registering, changing and removing a resource is recorded', async t => {
  const id = 'https://orders.example.org'
  t.deepEqual((await register(id, 'orders:read')).summary(), {
    id,
    name: 'API',
    scopes: [{ name: 'orders:read', description: '' }],
    accessTokenTtl: null,
    tokenFormat: 'jwt',
    tokenType: 'at+jwt',
    tokenAlg: 'ES256',
    allowSelfRegistered: false,
    scopesByRole: false,
    permissionsClaim: false,
  })
  t.is((await update(id, { name: 'Orders', accessTokenTtl: 120, tokenType: 'JWT' })).accessTokenTtl, 120)
  t.deepEqual((await find(id)).summary(), {
    id,
    name: 'Orders',
    scopes: [{ name: 'orders:read', description: '' }],
    accessTokenTtl: 120,
    tokenFormat: 'jwt',
    tokenType: 'JWT',
    tokenAlg: 'ES256',
    allowSelfRegistered: false,
    scopesByRole: false,
    permissionsClaim: false,
  })
  await app.scope(() => app.resources.remove(id, { by }))
  await t.throwsAsync(find(id), { instanceOf: NotFound })
  const rows = await app.em
    .fork()
    .execute<{ kind: string }[]>('select kind from audit_event where target = ? order by id', [id])
  t.deepEqual(
    rows.map(({ kind }) => kind),
    ['resource.registered', 'resource.updated', 'resource.removed'],
  )
})

test('a resource can be registered once', async t => {
  await register('https://once.example.org')
  await t.throwsAsync(register('https://once.example.org'), { instanceOf: Conflict })
})

test('F-24: a resource cannot have a URL of Gatehouse or a reserved scope', async t => {
  for (const id of [gatehouse.url, `${gatehouse.url}/`, `${gatehouse.url}/api/v1`]) {
    const { fields } = (await t.throwsAsync(register(id), { instanceOf: InvalidInput }, id))!
    t.regex(fields.id!, /URL of Gatehouse itself/)
  }
  for (const scope of ['openid', 'offline_access', 'roles', 'account', 'upstream_tokens']) {
    const refused = await t.throwsAsync(register('https://own.example.org', scope), { instanceOf: InvalidInput }, scope)
    t.regex(Object.values(refused!.fields).join(), /is reserved by OpenID Connect/)
  }
})

test('an invalid resource indicator or scope is refused', async t => {
  for (const id of ['', 'api', '/api', 'https://api.example.org/#part', `https://${'x'.repeat(500)}.org`]) {
    await t.throwsAsync(register(id), { instanceOf: InvalidInput }, id.slice(0, 40))
  }
  for (const scope of ['', 'two words', 'quo"te', 'a\0']) {
    await t.throwsAsync(register('https://s.example.org', scope), { instanceOf: InvalidInput }, JSON.stringify(scope))
  }
  await register('urn:example:api')
  await t.throwsAsync(update('urn:example:api', { accessTokenTtl: 5 }), { instanceOf: InvalidInput })
  await t.throwsAsync(update('urn:example:api', { secret: 'x' }), { instanceOf: InvalidInput })
  await t.throwsAsync(update('urn:nobody', { name: 'x' }), { instanceOf: NotFound })
})

test('the resources of a scope are up to date in every process after a change', async t => {
  const id = 'https://stock.example.org'
  t.deepEqual(await there.resources.having(['stock:read']), [])
  await register(id, 'stock:read', 'stock:write')
  t.deepEqual(
    (await app.resources.having(['stock:write', 'nothing'])).map(found => found.id),
    [id],
  )
  t.true(await eventually(async () => (await there.resources.having(['stock:read'])).length === 1))
  t.is((await there.resources.findCached(id))?.name, 'API')
  await update(id, { name: 'Stock', scopes: [{ name: 'stock:count' }] })
  t.deepEqual(await app.resources.having(['stock:read']), [])
  t.is((await app.resources.findCached(id))?.name, 'Stock')
  t.true(await eventually(async () => (await there.resources.findCached(id))?.name === 'Stock'))
  t.true(await eventually(async () => (await there.resources.having(['stock:read'])).length === 0))
})

test('N-02: no identifier from a request makes a query fail', async t => {
  for (const id of ['', '\0', 'https://a\0.example', "' or 1=1 --", '\ud800']) {
    t.is(await app.resources.findCached(id), null, JSON.stringify(id))
  }
})

test('F-26: removing a resource revokes and records its consents, and a new resource with the same id has none', async t => {
  const { id: person } = await makePerson(gatehouse)
  const { id: client } = await RelyingParty.register(gatehouse)
  const [removed, kept] = ['https://removed.example.org', 'https://kept.example.org']
  for (const id of [removed, kept]) await register(id, 'read')
  const asked = { scopes: ['openid'], claims: [], resources: { [removed]: ['read'], [kept]: ['read'] } }
  await app.scope(() => app.consents.give(person, client, asked, { by }))

  await app.scope(() => app.resources.remove(removed, { by }))

  const consent = await app.scope(() => app.consents.find(person, client))
  t.deepEqual(consent?.resources, { [kept]: ['read'] })
  const [last] = await app.scope(() => app.history.of(person, { limit: 1 }))
  t.like(last, { kind: 'consent.revoked', reason: 'resource-removed', client, byOperator: true })
})
