import test from 'ava'
import { InvalidInput } from '../../src/base/refusals.ts'
import { type ClientRegistration, checkRegistration } from '../../src/clients/registration.ts'

const CALLBACK = 'https://app.example.org/callback'
const web: ClientRegistration = { name: 'Shop', profile: 'web', redirectUris: [CALLBACK] }
const machine: ClientRegistration = { name: 'Robot', profile: 'machine' }
const [publicKey, privateKey] = [{ kty: 'EC' }, { kty: 'EC', d: 'secret' }]

/** The fields that are refused. */
function refused(registration: object): string[] {
  try {
    checkRegistration(registration as ClientRegistration)
    return []
  } catch (error) {
    if (error instanceof InvalidInput) return Object.keys(error.fields)
    throw error
  }
}

const people = ['openid', 'profile', 'email', 'roles', 'offline_access']
const codeFlow = ['authorization_code', 'refresh_token']
const profiles = {
  web: { tokenEndpointAuthMethod: 'client_secret_basic', grantTypes: codeFlow, scopes: people },
  spa: { tokenEndpointAuthMethod: 'none', grantTypes: codeFlow, scopes: people },
  native: { tokenEndpointAuthMethod: 'none', grantTypes: codeFlow, scopes: people },
  machine: { tokenEndpointAuthMethod: 'client_secret_basic', grantTypes: ['client_credentials'], scopes: [] },
} as const

for (const [profile, meaning] of Object.entries(profiles)) {
  test(`${profile}: what it means where nothing else is said`, t => {
    const redirectUris = profile === 'machine' ? [] : [CALLBACK]
    const checked = checkRegistration({ name: ' Shop ', profile: profile as keyof typeof profiles, redirectUris })
    t.like(checked, {
      name: 'Shop',
      ...meaning,
      redirectUris,
      postLogoutRedirectUris: [],
      idTokenAlg: 'ES256',
      pkceRequired: true,
      firstParty: false,
      accessTokenTtl: null,
      refreshTokenTtl: null,
      refreshTokenMaxTtl: null,
      jwks: null,
      jwksUri: null,
    })
  })
}

const LOGOUT_URIS = [
  'http://app.example.org/signed-out',
  'http://10.0.0.1/signed-out',
  'https://app.example.org/signed-out#here',
  'https://user:password@app.example.org/signed-out',
  'https://app.example.org/signed out',
  'https://app.example.org\\@evil.test/',
  ' https://app.example.org/signed-out',
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'com.example.app:/signed-out',
  '/signed-out',
  '',
]

const wrong: [title: string, registration: object, fields: string[]][] = [
  ['nothing at all', {}, ['name', 'profile']],
  ['an unknown profile', { ...web, profile: 'desktop' }, ['profile']],
  [
    'A-03: a field that is not for the caller to set',
    { ...web, secretDigest: 'x', grantTypes: ['implicit'] },
    ['client'],
  ],
  ['D-05: a name of several lines', { ...web, name: 'Shop\nBcc' }, ['name']],
  ['a name too long', { ...web, name: 'x'.repeat(101) }, ['name']],
  ['an empty name', { ...web, name: '  ' }, ['name']],
  ['an id that needs escaping', { ...web, id: 'a b' }, ['id']],
  ['an id with a null character', { ...web, id: 'a\0' }, ['id']],
  ['no redirect URI', { ...web, redirectUris: [] }, ['redirectUris']],
  ['D-05: too many redirect URIs', { ...web, redirectUris: Array(51).fill(CALLBACK) }, ['redirectUris']],
  ['a machine with a browser', { ...machine, redirectUris: [CALLBACK] }, ['redirectUris']],
  [
    'a machine that does not authenticate',
    { ...machine, tokenEndpointAuthMethod: 'none' },
    ['tokenEndpointAuthMethod'],
  ],
  [
    'an unknown way to authenticate',
    { ...web, tokenEndpointAuthMethod: 'client_secret_jwt' },
    ['tokenEndpointAuthMethod'],
  ],
  ['R-06: a public client without PKCE', { ...web, profile: 'spa', pkceRequired: false }, ['pkceRequired']],
  ['signed assertions without keys', { ...web, tokenEndpointAuthMethod: 'private_key_jwt' }, ['jwks']],
  [
    'keys in two places',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [publicKey] }, jwksUri: 'https://a.example/k' },
    ['jwks'],
  ],
  ['a private key', { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [privateKey] } }, ['jwks']],
  ['a shared key', { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [{ kty: 'oct' }] } }, ['jwks']],
  ['no key among keys', { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [] } }, ['jwks.keys']],
  [
    'D-01: keys over http',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'http://a.example/k' },
    ['jwksUri'],
  ],
  [
    'D-01: keys in a file',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'file:///etc/passwd' },
    ['jwksUri'],
  ],
  ...LOGOUT_URIS.map((backchannelLogoutUri): [string, object, string[]] => [
    `R-02, D-01: logout notifications to ${JSON.stringify(backchannelLogoutUri)}`,
    { ...web, backchannelLogoutUri },
    ['backchannelLogoutUri'],
  ]),
  [
    'a machine with logout notifications',
    { ...machine, backchannelLogoutUri: 'https://a.example/signed-out' },
    ['backchannelLogoutUri'],
  ],
  ['an algorithm without a signature', { ...web, idTokenAlg: 'none' }, ['idTokenAlg']],
  [
    'lifetimes out of bounds',
    { ...web, accessTokenTtl: 5, refreshTokenTtl: 1e9 },
    ['accessTokenTtl', 'refreshTokenTtl'],
  ],
  ['a scope that is two', { ...web, scopes: ['openid email'] }, ['scopes.0']],
  ['X-02: a script for a logo', { ...web, logoUri: 'javascript:alert(1)' }, ['logoUri']],
  [
    'X-02: a script for terms',
    { ...web, tosUri: ' JavaScript:alert(1)', policyUri: 'data:text/html,x' },
    ['policyUri', 'tosUri'],
  ],
]
for (const [title, registration, fields] of wrong) {
  test(`refused: ${title}`, t => t.deepEqual(refused(registration), fields))
}

test('all invalid fields are reported at once', t => {
  const both = { ...web, redirectUris: ['nonsense'], postLogoutRedirectUris: ['http://evil.test'], pkceRequired: false }
  t.deepEqual(refused({ ...both, profile: 'spa' }), ['redirectUris', 'postLogoutRedirectUris', 'pkceRequired'])
})

test('explicit values override the defaults of the profile', t => {
  const said = {
    id: 'shop',
    tokenEndpointAuthMethod: 'client_secret_post',
    pkceRequired: false,
    firstParty: true,
    idTokenAlg: 'RS256',
    scopes: ['openid', 'orders:read'],
    accessTokenTtl: 120,
    refreshTokenTtl: 30 * 86_400,
    backchannelLogoutUri: 'https://shop.example.com/signed-out?tenant=1',
    backchannelLogoutSessionRequired: true,
  } as const
  t.like(checkRegistration({ ...web, ...said, scopes: [...said.scopes] }), said)
  for (const backchannelLogoutUri of [
    'http://localhost:4000/out',
    'http://127.0.0.1/out',
    'http://[::1]:4000/out',
    null,
  ])
    t.deepEqual(refused({ ...web, backchannelLogoutUri }), [], String(backchannelLogoutUri))
  t.deepEqual(refused({ ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [publicKey] } }), [])
  t.deepEqual(refused({ ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'https://a.example/keys' }), [])
})
