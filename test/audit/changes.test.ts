import test from 'ava'
import fc from 'fast-check'
import type { Kind } from '../../src/audit/catalogue.ts'
import { difference, differenceWithoutValues } from '../../src/audit/difference.ts'
import { type Json, jsonbText } from '../../src/audit/jsonb-text.ts'
import { operator } from '../../src/base/actor.ts'
import { entities } from '../../src/entities.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const by = operator
test.after.always(() => gatehouse.stop())

const changesOf = async (kind: Kind) =>
  (await app.scope(() => app.audit.of(null, { kinds: [kind], limit: 1 })))[0]?.changes ?? null

test('an update of a client, resource, role or provider records what it changed, from what and to what', async t => {
  const redirectUris = ['https://wiki.example.com/cb']
  const registered = { id: 'wiki', name: 'Wiki', profile: 'web', redirectUris } as const
  await app.scope(() => app.clients.register(registered, { by }))
  await app.scope(() => app.clients.update('wiki', { name: 'The Wiki', accessTokenTtl: 60 }, { by }))
  const renamed = { name: { from: 'Wiki', to: 'The Wiki' }, accessTokenTtl: { from: null, to: 60 } }
  t.deepEqual(await changesOf('client.updated'), renamed)

  const id = 'https://api.example.com'
  await app.scope(() => app.resources.register({ id, name: 'API' }, { by }))
  await app.scope(() => app.resources.update(id, { scopes: [{ name: 'read' }] }, { by }))
  t.deepEqual(await changesOf('resource.updated'), { scopes: { from: [], to: [{ name: 'read', description: '' }] } })

  await app.scope(() => app.roles.create({ name: 'editor' }, { by }))
  await app.scope(() => app.roles.allow('editor', { resource: id, scopes: ['read'] }, { by }))
  t.deepEqual(await changesOf('role.updated'), { scopes: { from: {}, to: { [id]: ['read'] } } })

  const definition = {
    kind: 'oidc',
    name: 'sso',
    clientId: 'us',
    issuer: 'https://sso.example.org',
    secret: 'one',
  } as const
  await app.scope(() => app.identityProviders.register(definition, { by }))
  await app.scope(() => app.identityProviders.update('sso', { title: 'SSO', secret: 'hunter2-hunter2' }, { by }))
  t.deepEqual(Object.keys((await changesOf('identity-provider.updated')) ?? {}), ['title'])
  await app.scope(() => app.auditChain.appendAll())
})

test('a change of a profile records the names of the claims alone', async t => {
  const { id } = await makePerson(gatehouse, { name: 'Ada' })
  await app.scope(async () =>
    app.profiles.update(await app.accounts.find(id), { name: 'Adaline', nickname: 'Addy' }, { by }),
  )
  t.deepEqual(await changesOf('profile.updated'), {
    name: { from: 'set', to: 'changed' },
    nickname: { from: null, to: 'set' },
  })
  t.deepEqual(differenceWithoutValues({ nickname: 'Addy' }, {}), { nickname: { from: 'set', to: null } })
})

test('A-08: no summary of an entity, of which changes are made, has a secret or a digest of one', async t => {
  const secrets = entities.flatMap(entity => {
    const { className, props } = app.em.getMetadata().getByClassName(entity.name as 'Client')
    const names = props.map(({ name }) => name).filter(name => /secret|sealed|digest|hash|code|password/i.test(name))
    return names.map(name => `${className}.${name}`)
  })
  t.true(secrets.length > 8, secrets.join())
  const recorded = ['Client', 'Resource', 'Role', 'IdentityProvider', 'Account']
  const hidden = secrets.filter(name => recorded.includes(name.split('.')[0]!))
  t.deepEqual(hidden.sort(), ['Client.registrationAccessDigest', 'Client.secrets', 'IdentityProvider.sealedSecret'])
  const { client } = await app.scope(() =>
    app.clients.register({ name: 'X', profile: 'web', redirectUris: ['https://x.example.com/cb'] }, { by }),
  )
  t.is(client.secrets.length, 1)
  for (const { digest } of client.secrets) t.false(JSON.stringify(client.audited()).includes(digest))
  await app.scope(() => app.clients.rotateSecret(client.id, { by }))
  const rows = await app.em.fork().execute<{ row: string }[]>('select to_jsonb(e)::text as row from audit_event e')
  const stored = await app.em.fork().execute<{ digest: string }[]>('select secret_digest as digest from client')
  for (const { digest } of stored) t.false(rows.some(({ row }) => digest && row.includes(digest)))
})

test('long values are replaced by their length, so that an event stays small', t => {
  const changes = difference({ a: 'x'.repeat(5000), b: 1 }, { a: 'y'.repeat(9000), b: 2, c: 'z'.repeat(100) })
  t.deepEqual(changes, {
    a: { from: 'x'.repeat(5000), to: '(9002 characters)' },
    b: { from: 1, to: 2 },
    c: { from: null, to: 'z'.repeat(100) },
  })
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`field${n}`, 'x'.repeat(1000)]))
  t.true(Buffer.byteLength(jsonbText(difference({}, many)!)) <= 8192)
  t.is(difference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), null)
  t.is(difference({ a: undefined }, {}), null)
})

test('the text of changes is the one that the database returns, so that it can be proven', async t => {
  const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false } as object)
  const samples = [
    ...fc.sample(value, { numRuns: 300, seed: 42 }),
    { é: 1, z: 2, aa: 3, '€': 4, '😀': 5, '': 6 },
    '\u2028\u007f\u0001\b\f\n\r\t"\\/<>&\0\ud800',
    [Number.POSITIVE_INFINITY, -0, 0.1, 1e21, 2 ** 60, -5],
  ]
  const texts = samples.map(each => jsonbText(difference({}, { each: each === null ? 0 : (each as Json) }) ?? {}))
  const rows = await app.em
    .fork()
    .execute<{ text: string }[]>(
      'select (value::jsonb)::text as text from jsonb_array_elements_text(?::jsonb) with ordinality order by ordinality',
      [JSON.stringify(texts)],
    )
  t.deepEqual(
    rows.map(({ text }) => text),
    texts,
  )
})
