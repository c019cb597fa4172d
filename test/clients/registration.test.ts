import test from 'ava'
import { InvalidInput } from '../../src/base/refusals.ts'
import { type ClientRegistration, checkRegistration } from '../../src/clients/registration.ts'

const CALLBACK = 'https://app.example.org/callback'
const web: ClientRegistration = { name: 'Shop', profile: 'web', redirectUris: [CALLBACK] }
const machine: ClientRegistration = { name: 'Robot', profile: 'machine' }
const [publicKey, privateKey] = [{ kty: 'EC' }, { kty: 'EC', d: 'secret' }]

/** The invalid fields. */
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
const code = { grantTypes: ['authorization_code', 'refresh_token'], responseTypes: ['code'] }
const secret = { tokenEndpointAuthMethod: 'client_secret_basic', pkce: 'nonce' } as const
const open = { tokenEndpointAuthMethod: 'none', pkce: 'required' } as const
const profiles = {
  web: { ...secret, ...code, scopes: people },
  spa: { ...open, ...code, scopes: people },
  native: { ...open, ...code, scopes: people },
  machine: { ...secret, grantTypes: ['client_credentials'], responseTypes: [], scopes: [] },
} as const

for (const [profile, defaults] of Object.entries(profiles)) {
  test(`the ${profile} profile has its defaults`, t => {
    const redirectUris = profile === 'machine' ? [] : [CALLBACK]
    const checked = checkRegistration({ name: ' Shop ', profile: profile as keyof typeof profiles, redirectUris })
    t.like(checked, {
      name: 'Shop',
      ...defaults,
      redirectUris,
      postLogoutRedirectUris: [],
      idTokenAlg: 'RS256',
      rolesClaim: 'roles',
      firstParty: false,
      accessTokenFormat: 'opaque',
      accessTokenTtl: null,
      revokeOnRefresh: null,
      introspects: [],
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
  ['no fields', {}, ['name', 'profile']],
  ['an unknown profile', { ...web, profile: 'desktop' }, ['profile']],
  ['A-03: fields that the caller cannot set', { ...web, secrets: [], grantTypes: ['implicit'] }, ['client']],
  ['D-05: a name with a line break', { ...web, name: 'Shop\nBcc' }, ['name']],
  ['a name that is too long', { ...web, name: 'x'.repeat(101) }, ['name']],
  ['an empty name', { ...web, name: '  ' }, ['name']],
  ['an id that needs escaping', { ...web, id: 'a b' }, ['id']],
  ['an id with a null character', { ...web, id: 'a\0' }, ['id']],
  [
    'a public client that introspects the tokens of an API',
    { ...web, profile: 'spa', introspects: ['https://api.example.com'] },
    ['introspects'],
  ],
  ['no redirect URI', { ...web, redirectUris: [] }, ['redirectUris']],
  ['D-05: too many redirect URIs', { ...web, redirectUris: Array(51).fill(CALLBACK) }, ['redirectUris']],
  ['redirect URIs of a machine client', { ...machine, redirectUris: [CALLBACK] }, ['redirectUris']],
  [
    'a machine client without authentication',
    { ...machine, tokenEndpointAuthMethod: 'none' },
    ['tokenEndpointAuthMethod'],
  ],
  [
    'an unknown authentication method',
    { ...web, tokenEndpointAuthMethod: 'client_secret_jwt' },
    ['tokenEndpointAuthMethod'],
  ],
  ['R-06: a public client without PKCE', { ...web, profile: 'spa', pkce: 'off' }, ['pkce']],
  ['R-06: a public client with a nonce instead of PKCE', { ...web, profile: 'native', pkce: 'nonce' }, ['pkce']],
  [
    'R-06: a client without a secret and without PKCE',
    { ...web, tokenEndpointAuthMethod: 'none', pkce: 'off' },
    ['pkce'],
  ],
  ['C-12: response types of a machine client', { ...machine, responseTypes: ['code'] }, ['responseTypes']],
  ['C-12: no response type', { ...web, responseTypes: [] }, ['responseTypes']],
  ['C-12: the response type token alone', { ...web, responseTypes: ['token'] }, ['responseTypes.0']],
  [
    'C-12: tokens in the redirect of a native application',
    { ...web, profile: 'native', responseTypes: ['id_token'] },
    ['responseTypes'],
  ],
  ...['sub', 'email.verified', '', 'a..b', 'groups ', 'realm_access.__proto__', 'aud', 'x'.repeat(201)].map(
    (rolesClaim): [string, object, string[]] => [
      `the roles claim ${JSON.stringify(rolesClaim)}`,
      { ...web, rolesClaim },
      ['rolesClaim'],
    ],
  ),
  ['private_key_jwt without keys', { ...web, tokenEndpointAuthMethod: 'private_key_jwt' }, ['jwks']],
  [
    'both jwks and jwks_uri',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [publicKey] }, jwksUri: 'https://a.example/k' },
    ['jwks'],
  ],
  ['a private key', { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [privateKey] } }, ['jwks']],
  [
    'a symmetric key',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [{ kty: 'oct' }] } },
    ['jwks'],
  ],
  ['an empty key set', { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [] } }, ['jwks.keys']],
  [
    'D-01: a jwks_uri with http',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'http://a.example/k' },
    ['jwksUri'],
  ],
  [
    'D-01: a jwks_uri with a file URL',
    { ...web, tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'file:///etc/passwd' },
    ['jwksUri'],
  ],
  ...LOGOUT_URIS.map((backchannelLogoutUri): [string, object, string[]] => [
    `R-02, D-01: the back-channel logout URI ${JSON.stringify(backchannelLogoutUri)}`,
    { ...web, backchannelLogoutUri },
    ['backchannelLogoutUri'],
  ]),
  [
    'a back-channel logout URI of a machine client',
    { ...machine, backchannelLogoutUri: 'https://a.example/signed-out' },
    ['backchannelLogoutUri'],
  ],
  ['the algorithm none', { ...web, idTokenAlg: 'none' }, ['idTokenAlg']],
  [
    'lifetimes out of range',
    { ...web, accessTokenTtl: 5, refreshTokenTtl: 1e9 },
    ['accessTokenTtl', 'refreshTokenTtl'],
  ],
  ['a scope with a space', { ...web, scopes: ['openid email'] }, ['scopes.0']],
  ['X-02: a script as the logo URI', { ...web, logoUri: 'javascript:alert(1)' }, ['logoUri']],
  [
    'X-02: a script as the terms URI',
    { ...web, tosUri: ' JavaScript:alert(1)', policyUri: 'data:text/html,x' },
    ['policyUri', 'tosUri'],
  ],
]
for (const [title, registration, fields] of wrong) {
  test(`refused registration: ${title}`, t => t.deepEqual(refused(registration), fields))
}

test('all invalid fields are reported at once', t => {
  const both = { ...web, redirectUris: ['nonsense'], postLogoutRedirectUris: ['http://evil.test'], pkce: 'off' }
  t.deepEqual(refused({ ...both, profile: 'spa' }), ['redirectUris', 'postLogoutRedirectUris', 'pkce'])
})

test('explicit values override the defaults of the profile', t => {
  const given = {
    id: 'shop',
    tokenEndpointAuthMethod: 'client_secret_post',
    pkce: 'off',
    firstParty: true,
    idTokenAlg: 'PS256',
    rolesClaim: 'realm_access.roles',
    responseTypes: ['code id_token', 'id_token'],
    scopes: ['openid', 'orders:read'],
    accessTokenFormat: 'jwt',
    accessTokenTtl: 120,
    revokeOnRefresh: true,
    refreshTokenTtl: 30 * 86_400,
    backchannelLogoutUri: 'https://shop.example.com/signed-out?tenant=1',
    backchannelLogoutSessionRequired: true,
  } as const
  const { scopes, responseTypes, ...others } = given
  t.like(checkRegistration({ ...web, ...others, scopes: [...scopes], responseTypes: [...responseTypes] }), given)
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
