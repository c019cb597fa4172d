import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Conflict, InvalidInput, NotFound } from '../../src/base/refusals.ts'
import { identityOf } from '../../src/federation/providers/claim-mapping.ts'
import type { ProviderDefinition } from '../../src/federation/providers/definition.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'

const gatehouse = await startGatehouse()
const { app } = gatehouse
const otherProcess = (await gatehouse.another()).app
test.after.always(() => gatehouse.stop())

const SECRET = 'hunter2-hunter2-hunter2'
const by = operator
const { identityProviders: providers } = app

let providerCount = 0
const register = (definition: Partial<ProviderDefinition> = {}) =>
  app.scope(() =>
    providers.register(
      {
        kind: 'oidc',
        name: `sso-${providerCount++}`,
        clientId: 'us',
        issuer: 'https://sso.example.org',
        secret: SECRET,
        ...definition,
      },
      { by },
    ),
  )
const update = (name: string, changes: object) => app.scope(() => providers.update(name, changes, { by }))
const find = (name: string) => app.scope(() => providers.find(name))
const history = async (name: string) => {
  const rows = await app.em.fork().execute('select kind from audit_event where target = ? order by id', [name])
  return rows.map((row: { kind?: string }) => row.kind)
}

test('A-07: the secret is sealed for its own row, and appears in no summary', async t => {
  const provider = await register()
  const other = await register()
  const [row] = await app.em.fork().execute('select * from identity_provider where id = ?', [provider.id])
  t.false(JSON.stringify([row, provider.summary()]).includes(SECRET))
  t.like(provider.summary(), { hasSecret: true, sealedSecret: undefined })
  t.is(providers.secretOf(provider), SECRET)
  t.throws(() => providers.secretOf({ ...other, sealedSecret: provider.sealedSecret } as typeof other))
  t.is(providers.secretOf(await register({ secret: null })), null)
})

test('an update changes only the given values, also within policy and mapping', async t => {
  const { name } = await register({ policy: { domains: ['example.com'], roles: ['admin'] }, position: 3 })
  const changed = await update(name, { title: 'New', policy: { linking: false }, mapping: { email: 'mail' } })
  t.like(changed.summary(), { title: 'New', position: 3, clientId: 'us', hasSecret: true })
  t.like(changed.policy, { domains: ['example.com'], roles: ['admin'], linking: false })
  t.like(changed.mapping, { subject: 'sub', email: 'mail' })
  t.is(providers.secretOf(changed), SECRET)
  t.is(providers.secretOf(await update(name, { secret: 'another' })), 'another')
  t.is(providers.secretOf(await update(name, { secret: null })), null)
})

test('A-03: an update cannot set internal fields or assign the superuser role', async t => {
  const { name } = await register()
  for (const changes of [{ id: '1' }, { enabled: false }, { createdAt: new Date(0) }, { sealedSecret: 'x' }])
    await t.throwsAsync(update(name, changes), { instanceOf: InvalidInput }, JSON.stringify(changes))
  t.like((await find(name)).summary(), { name, kind: 'oidc', issuer: 'https://sso.example.org', enabled: true })
  await t.throwsAsync(update(name, { policy: { roles: ['superuser'] } }), { instanceOf: InvalidInput })
})

test('settings that are part of the issuer cannot be changed', async t => {
  const tenant = '11111111-2222-3333-4444-555555555555'
  const { name } = await register({ kind: 'microsoft', issuer: null, settings: { tenant: 'common' } })
  await t.throwsAsync(update(name, { settings: { tenant } }), {
    instanceOf: InvalidInput,
    message: /tenant: .+ never changes/,
  })
  t.like(await find(name), { issuer: 'https://login.microsoftonline.com/common/v2.0', settings: { tenant: 'common' } })
  await t.notThrowsAsync(update(name, { settings: { tenant: 'common' }, title: 'Work' }))
})

test('A-07: turning off keepTokens deletes the stored tokens', async t => {
  const { id, name } = await register({ policy: { keepTokens: true } })
  const { id: account } = await makePerson(gatehouse)
  const tokens = { accessToken: 'upstream-access', refreshToken: null, expiresAt: null, scope: null }
  await app.scope(async () => {
    const provider = await providers.find(name)
    const identity = identityOf(provider, { sub: 'ada-there' })
    await app.identityLinks.add(await app.accounts.find(account), provider, { identity, tokens }, { by })
  })
  const storedTokens = () =>
    app.em.fork().execute('select sealed_tokens from identity_link where provider_id = ?', [id])
  const before = await storedTokens()
  await update(name, { title: 'Elsewhere' })
  t.deepEqual(await storedTokens(), before)
  await update(name, { policy: { keepTokens: false } })
  t.deepEqual(await storedTokens(), [{ sealed_tokens: null }])
  t.notDeepEqual(before, await storedTokens())
})

test('a name can be used only once', async t => {
  const { name } = await register()
  await t.throwsAsync(register({ name }), { instanceOf: Conflict })
  const both = await Promise.allSettled([register({ name: 'twin' }), register({ name: 'twin' })])
  t.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

test('enabled providers are listed by position', async t => {
  const [second, first] = [await register({ position: 2 }), await register({ position: 1 })]
  const enabledNames = async () => (await providers.enabled()).map(({ name }) => name)
  const both = (list: string[]) => list.filter(name => name === first.name || name === second.name)
  t.true(await eventually(async () => both(await enabledNames()).length === 2))
  t.deepEqual(both(await enabledNames()), [first.name, second.name])
  await app.scope(() => providers.disable(first.name, { by }))
  t.true(await eventually(async () => (await providers.findEnabled(first.name)) === null))
  t.is(await app.scope(() => providers.loadEnabled(first.id)), null)
  t.truthy(await providers.findEnabled(second.id))
  await app.scope(() => providers.enable(first.name, { by }))
  t.true(await eventually(async () => (await providers.findEnabled(first.name)) !== null))
})

test('U-08: other processes see every change, even one made in plain SQL', async t => {
  const { name, id } = await register({ title: 'Before' })
  const titleInOtherProcess = async () => (await otherProcess.identityProviders.findEnabled(name))?.title
  t.true(await eventually(async () => (await titleInOtherProcess()) === 'Before'))
  await update(name, { title: 'After' })
  t.true(await eventually(async () => (await titleInOtherProcess()) === 'After'))
  await app.em.fork().execute('update identity_provider set enabled = false where id = ?', [id])
  t.true(await eventually(async () => (await titleInOtherProcess()) === undefined))
  await app.scope(() => providers.remove(name, { by }))
  await t.throwsAsync(find(name), { instanceOf: NotFound })
})

test('every change is recorded, without the secret', async t => {
  const { name } = await register()
  await update(name, { secret: 'another' })
  await app.scope(() => providers.disable(name, { by }))
  await app.scope(() => providers.disable(name, { by }))
  await app.scope(() => providers.enable(name, { by }))
  await app.scope(() => providers.remove(name, { by }))
  t.deepEqual(
    await history(name),
    ['registered', 'updated', 'disabled', 'enabled', 'removed'].map(change => `identity-provider.${change}`),
  )
  const rows = await app.em.fork().execute('select * from audit_event where target = ?', [name])
  t.false(JSON.stringify(rows).includes(SECRET) || JSON.stringify(rows).includes('another'))
})

test('an invalid or unknown name finds no provider', async t => {
  for (const name of ['', 'nobody', 'a\0b', '../x']) await t.throwsAsync(find(name), { instanceOf: NotFound })
  t.is(await providers.findEnabled('nobody'), null)
})
