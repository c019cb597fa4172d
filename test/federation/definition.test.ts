import { generateKeyPairSync } from 'node:crypto'
import test from 'ava'
import { InvalidInput } from '../../src/base/refusals.ts'
import { checkDefinition, type ProviderDefinition } from '../../src/federation/providers/definition.ts'

const google = { kind: 'google', clientId: 'us', secret: 's' } as const
const fields = (definition: object) => {
  const refusal = refusalOf(() => checkDefinition(definition as ProviderDefinition))
  return Object.keys(refusal?.fields ?? {}).sort()
}

function refusalOf(work: () => unknown): InvalidInput | null {
  try {
    work()
    return null
  } catch (error) {
    if (error instanceof InvalidInput) return error
    throw error
  }
}

test('values that are left out come from the preset', t => {
  t.like(checkDefinition(google), {
    name: 'google',
    title: 'Google',
    issuer: 'https://accounts.google.com',
    endpoints: null,
    scopes: ['openid', 'profile', 'email'],
    position: 100,
  })
  t.like(checkDefinition(google).policy, { registration: null, linking: true, roleMapping: null, signOut: false })
  t.true(checkDefinition({ kind: 'oidc', clientId: 'us', issuer: 'https://a.example' }).policy.signOut)
})

test('one refusal names all invalid fields', t => {
  t.deepEqual(fields({ kind: 'google', clientId: '', name: 'Google!', position: -1 }), ['clientId', 'name', 'position'])
  t.deepEqual(fields({ kind: 'google', clientId: 'us' }), ['secret'])
  t.deepEqual(fields({ kind: 'oidc', clientId: 'us' }), ['issuer'])
  t.deepEqual(fields({ kind: 'oauth2', clientId: 'us' }), ['endpoints'])
  t.deepEqual(fields({ kind: 'microsoft', clientId: 'us', secret: 's' }), ['tenant'])
  t.deepEqual(fields({ ...google, settings: { tenant: 'x' } }), ['tenant'])
  t.deepEqual(fields({ kind: 'myspace', clientId: 'us' }), ['kind'])
  t.deepEqual(fields({ kind: '__proto__', clientId: 'us' }), ['kind'])
})

test('names that are not valid in a URL are refused', t => {
  for (const name of ['', '-a', '1a', 'a/b', 'a b', 'A', '..', 'a%2f', 'x'.repeat(41), 'ünfug'])
    t.deepEqual(fields({ ...google, name }), ['name'], name)
  for (const name of ['a', 'work-2', 'x'.repeat(40)]) t.is(checkDefinition({ ...google, name }).name, name)
})

test('endpoints must be http or https, and an issuer has no query or fragment', t => {
  for (const issuer of [
    'javascript:alert(1)',
    'file:///etc/passwd',
    'sso.example',
    'https://a.example/?x=1',
    'https://a.example/#x',
  ])
    t.deepEqual(fields({ kind: 'oidc', clientId: 'us', issuer }), ['issuer'], issuer)
  const endpoints = {
    authorization: 'https://a.example/a',
    token: 'ftp://a.example/t',
    userinfo: 'https://a.example/u',
  }
  t.deepEqual(fields({ kind: 'oauth2', clientId: 'us', endpoints }), ['endpoints.token'])
})

test('a provider cannot assign the superuser role', t => {
  t.deepEqual(fields({ ...google, policy: { roles: ['superuser'] } }), ['policy.roles.0'])
  const roleMapping = { claim: 'groups', roles: { boss: ['admin', 'superuser'] } }
  t.deepEqual(fields({ ...google, policy: { roleMapping } }), ['policy.roleMapping.roles.boss.1'])
})

test('A-03: unknown fields are refused, at every depth', t => {
  t.deepEqual(fields({ ...google, sealedSecret: 'x' }), ['provider'])
  t.deepEqual(fields({ ...google, enabled: false }), ['provider'])
  t.deepEqual(fields({ ...google, policy: { superuser: true } }), ['policy'])
  t.deepEqual(fields({ ...google, mapping: { roles: 'roles' } }), ['mapping'])
  t.deepEqual(fields({ ...google, mapping: { profile: { sub: 'x' } } }), ['mapping.profile'])
  t.deepEqual(fields({ ...google, policy: { domains: ['*.example.com', 'example'] } }), [
    'policy.domains.0',
    'policy.domains.1',
  ])
})

test('the secret for Apple must be a key for ES256', t => {
  const pem = (namedCurve: string) =>
    generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const apple = (secret: string) =>
    fields({
      kind: 'apple',
      clientId: 'us',
      secret,
      settings: { 'team-id': 'A1B2C3D4E5', 'key-id': 'F6G7H8I9J0' },
    })
  t.deepEqual(apple(pem('P-256')), [])
  t.deepEqual(apple(`\n${pem('P-256')}\n`), [])
  for (const secret of ['hunter2', pem('P-384'), pem('P-256').slice(0, 80)]) t.deepEqual(apple(secret), ['secret'])
})
