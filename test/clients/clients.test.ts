import { randomUUID } from 'node:crypto'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { digest } from '../../src/base/secrets.ts'
import type { ClientRegistration, ClientUpdate } from '../../src/clients/registration.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
test.after.always(() => gatehouse.stop())

const by = operator
const register = (registration: Partial<ClientRegistration> = {}, { scope, clients } = app) =>
  scope(() => clients.register({ name: 'Shop', profile: 'web', redirectUris: [CALLBACK], ...registration }, { by }))
const update = (id: string, changes: ClientUpdate) => app.scope(() => app.clients.update(id, changes, { by }))
const find = (id: string) => app.scope(() => app.clients.find(id))
const keys: Partial<ClientRegistration> = {
  tokenEndpointAuthMethod: 'private_key_jwt',
  jwks: { keys: [{ kty: 'EC', crv: 'P-256' }] },
}

test('A-07: the secret is shown once and stored as a digest', async t => {
  const { client, secret } = await register()
  t.is(Buffer.from(secret!, 'base64url').length, 32)
  const [row] = await app.em.fork().execute('select * from client where id = ?', [client.id])
  t.like(row, { secret_digest: digest(secret!) })
  t.false(JSON.stringify([row, (await find(client.id)).summary()]).includes(secret!))
  t.like((await find(client.id)).summary(), { hasSecret: true, secrets: undefined })
  t.true((await find(client.id)).hasSecret(secret!, new Date()))
  for (const wrong of ['', digest(secret!), secret!.slice(1)])
    t.false((await find(client.id)).hasSecret(wrong, new Date()))
})

test('F-24: a client id cannot be a UUID or the id of the account pages', async t => {
  const { id } = await makePerson(gatehouse)
  for (const taken of [id, id.toUpperCase(), id.replaceAll('-', ''), randomUUID()]) {
    const { fields } = (await t.throwsAsync(register({ id: taken }), { instanceOf: InvalidInput }))!
    t.deepEqual(fields, { id: 'must not look like an account id (a UUID); choose another' })
  }
  const { fields } = (await t.throwsAsync(register({ id: 'gatehouse-account' }), { instanceOf: InvalidInput }))!
  t.deepEqual(fields, { id: 'is reserved for Gatehouse itself; choose another' })
  const { client } = await register()
  t.regex(client.id, /^client_[0-9a-f]{32}$/)
  t.is((await update(client.id, { name: 'Another' })).name, 'Another')
})

test('public clients and those with private_key_jwt have no secret until they are given one', async t => {
  const without: Partial<ClientRegistration>[] = [{ profile: 'spa' }, { profile: 'native' }, keys]
  for (const registration of without) {
    const { client, secret } = await register(registration)
    t.is(secret, null)
    t.false(client.summary().hasSecret)
    t.false((await find(client.id)).hasSecret('', new Date()))
    const method = { tokenEndpointAuthMethod: 'client_secret_basic' } as const
    await t.throwsAsync(update(client.id, method), { instanceOf: InvalidInput })
    const given = await app.scope(() => app.clients.rotateSecret(client.id, { by }))
    t.true((await update(client.id, method)).hasSecret(given.secret, new Date()))
  }
})

test('after a rotation only the new secret works', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: [] })
  const ask = (secret: string) =>
    rp.post(
      '/token',
      { grant_type: 'client_credentials' },
      { headers: { authorization: `Basic ${Buffer.from(`${rp.id}:${secret}`).toString('base64')}` } },
    )
  t.is((await ask(rp.secret!)).status, 200)
  const { secret } = await app.scope(() => app.clients.rotateSecret(rp.id, { by }))
  t.is((await ask(rp.secret!)).status, 401)
  t.is((await ask(secret)).status, 200)
})

test('an update changes only the given fields and follows the rules of registration', async t => {
  const { client } = await register({ firstParty: true, scopes: ['openid'] })
  const changed = await update(client.id, { name: 'Forum', redirectUris: ['https://forum.example.org/cb'] })
  t.like(changed.summary(), { id: client.id, name: 'Forum', firstParty: true, scopes: ['openid'], hasSecret: true })
  const refusal = await t.throwsAsync(update(client.id, { redirectUris: ['http://evil.test'] }), {
    instanceOf: InvalidInput,
  })
  t.deepEqual(Object.keys(refusal!.fields), ['redirectUris'])
  t.deepEqual((await find(client.id)).redirectUris, ['https://forum.example.org/cb'])
})

test('A-03: an update cannot set protected fields', async t => {
  const { client } = await register()
  for (const changes of [{ secrets: [] }, { grantTypes: ['implicit'] }, { createdAt: new Date(0) }] as object[]) {
    await t.throwsAsync(update(client.id, changes), { instanceOf: InvalidInput }, JSON.stringify(changes))
  }
})

test('switching to an authentication method with a secret requires a secret first', async t => {
  const { client } = await register(keys)
  const changes = { tokenEndpointAuthMethod: 'client_secret_basic', jwks: null } as const
  await t.throwsAsync(update(client.id, changes), { instanceOf: InvalidInput })
})

test('a client id is registered once, even by two processes at once', async t => {
  const other = (await gatehouse.another()).app
  const id = `shop-${randomUUID()}`
  const results = await Promise.allSettled(
    Array.from({ length: 6 }, (_, i) => register({ id, name: `${i}` }, i % 2 ? app : other)),
  )
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) t.true(result.status === 'fulfilled' || result.reason instanceof Conflict)
  await t.throwsAsync(register({ id }), { instanceOf: Conflict })
  t.is((await find(id)).name, `${results.findIndex(({ status }) => status === 'fulfilled')}`)
})

test('A-04: a removed client is unknown, and its tokens are refused', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  await app.scope(() => app.clients.remove(rp.id, { by }))
  await t.throwsAsync(find(rp.id), { instanceOf: NotFound })
  t.is(await app.clients.findCached(rp.id), null)
  await t.throwsAsync(rp.refresh(tokens.refresh_token!))
  t.false((await rp.userinfo(tokens.access_token, ada.id).catch(() => null)) !== null)
  await t.throwsAsync(
    app.scope(() => app.clients.remove(rp.id, { by })),
    { instanceOf: NotFound },
  )
})

test('N-02: no identifier from a request makes a query fail', async t => {
  for (const id of ['', 'nobody', '\0', 'a\0b', "' or 1=1 --", '\ud800', 'x'.repeat(100_000)]) {
    t.is(await app.clients.findCached(id), null, JSON.stringify(id.slice(0, 20)))
    await t.throwsAsync(find(id), { instanceOf: NotFound })
  }
})

test('every change is recorded with its actor', async t => {
  const { client } = await register()
  await update(client.id, { name: 'Forum' })
  await app.scope(() => app.clients.rotateSecret(client.id, { by }))
  await app.scope(() => app.clients.remove(client.id, { by }))
  const rows = await app.em
    .fork()
    .execute<{ kind: string; actor_kind: string }[]>('select * from audit_event where target = ? order by id', [
      client.id,
    ])
  t.deepEqual(
    rows.map(row => `${row.kind} by ${row.actor_kind}`),
    ['registered', 'updated', 'secret-rotated', 'removed'].map(what => `client.${what} by operator`),
  )
})
