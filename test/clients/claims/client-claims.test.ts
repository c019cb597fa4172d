import test from 'ava'
import { InvalidInput } from '../../../src/base/refusals.ts'
import { claimIn, claimText } from '../../../src/clients/claims/claim-text.ts'
import { CLAIMS } from '../../../src/clients/claims/claims-of-scopes.ts'
import { shapedRoles } from '../../../src/clients/claims/shaped-roles.ts'
import { type ClientRegistration, checkRegistration } from '../../../src/clients/registration.ts'

type Claims = NonNullable<ClientRegistration['claims']>

function problemWith(claims: unknown, more: Partial<ClientRegistration> = {}): string | null {
  try {
    checkRegistration({
      ...{ name: 'App', profile: 'web', redirectUris: ['https://app.example.org/callback'] },
      ...more,
      claims: claims as Claims,
    })
    return null
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    return JSON.stringify(error.fields)
  }
}

const PROTOCOL = [
  ...[
    'iss',
    'sub',
    'aud',
    'exp',
    'nbf',
    'iat',
    'jti',
    'azp',
    'nonce',
    'auth_time',
    'acr',
    'amr',
    'sid',
    'events',
    'act',
  ],
  ...['at_hash', 'c_hash', 's_hash', 'scope', 'client_id', 'cnf', 'authorization_details', 'active', 'token_type'],
  ...['may_act', 'username', 'permissions', '_claim_names', '_claim_sources', '__proto__', 'constructor', 'prototype'],
]
for (const name of PROTOCOL) {
  test(`nothing takes the place of ${name}, nor of something in it`, t => {
    for (const claim of [name, `${name}.x`])
      for (const rest of [{ value: 'x' }, { from: 'email' }, { from: null }])
        t.regex(problemWith([{ claim, ...rest }]) ?? '', /must not be|is no standard claim/, claim)
  })
}

test('no path leads to what an object inherits, or, by the ID of the client, to a claim of the protocol', t => {
  for (const claim of ['a.__proto__', 'a.__proto__.b', 'a.constructor.prototype', 'a.b.prototype'])
    t.regex(problemWith([{ claim, value: 'x' }]) ?? '', /must not be/, claim)
  t.regex(problemWith([{ claim: '{client_id}', value: 'x' }], { id: 'aud' }) ?? '', /must not be aud/)
  t.regex(problemWith([{ claim: 'a.{client_id}', value: 'x' }], { id: '__proto__' }) ?? '', /must not be __proto__/)
  t.regex(problemWith([{ claim: '{client_id}.x', value: 'x' }], { id: 'email' }) ?? '', /must not begin with email/)
  t.is(problemWith([{ claim: 'toString.valueOf', value: 'x' }]), null)
})

const REFUSED: Record<string, [unknown, RegExp]> = {
  'an email that is something else': [[{ claim: 'email', from: 'nickname' }], /rely on what email means/],
  'an email that is verified by the operator': [[{ claim: 'email_verified', value: true }], /rely on/],
  'roles that people choose': [[{ claim: 'roles', from: 'nickname' }], /people can choose/],
  'a member of a standard claim': [[{ claim: 'address.country', value: 'DE' }], /must not begin with address/],
  'a claim that is a text and an object': [
    [
      { claim: 'realm', value: 'x' },
      { claim: 'realm.roles', from: 'roles' },
    ],
    /cannot be beside/,
  ],
  'a claim twice in one place': [
    [
      { claim: 'groups', from: 'roles', in: ['id_token', 'userinfo'] },
      { claim: 'groups', from: 'sub', in: ['userinfo'] },
    ],
    /given twice .* userinfo/,
  ],
  'a claim without a source': [[{ claim: 'groups' }], /must come from a claim/],
  'a claim with two sources': [[{ claim: 'groups', from: 'roles', value: 'x' }], /must come from a claim/],
  'an unknown source': [[{ claim: 'x', from: 'password' }], /password.* is not understood/],
  'a filter for something other than roles': [[{ claim: 'x', from: 'email', only: ['a'] }], /must be from roles/],
  'a place that is none': [[{ claim: 'x', from: 'email', in: ['logs'] }], /one or more of id_token/],
  'no place': [[{ claim: 'x', from: 'email', in: [] }], /claims/],
  'leaving out what is not there': [[{ claim: 'groups', from: null }], /no standard claim/],
  'a name with a control character': [[{ claim: 'a\u001b[2J', value: 'x' }], /printable characters/],
  'a constant with a control character': [[{ claim: 'a', value: 'x\u0000' }], /control characters/],
  'an object as a constant': [[{ claim: 'a', value: { b: 1 } }], /must be a text/],
  'an unknown member': [[{ claim: 'a', value: 'x', also: 'y' }], /also|Unrecognized/],
  'too many': [Array.from({ length: 51 }, (_, index) => ({ claim: `c${index}`, value: 'x' })), /at most 50/],
  'too long': [
    Array.from({ length: 40 }, (_, index) => ({ claim: `c${index}`, value: 'x'.repeat(500) })),
    /10000 characters/,
  ],
  'a list that is too long': [[{ claim: 'a', value: Array(51).fill('x') }], /at most 50/],
  'no list': ['groups=roles', /claims/],
}
for (const [what, [claims, words]] of Object.entries(REFUSED)) {
  test(`refused: ${what}`, t => {
    t.regex(problemWith(claims) ?? '', words)
  })
}

test('neither the roles nor any other claim takes the place of the scopes that an API reads', t => {
  for (const rolesClaim of ['permissions', 'permissions.roles', 'scope'])
    t.regex(problemWith([], { rolesClaim }) ?? '', /rolesClaim.*must not be (permissions|scope)/, rolesClaim)
  t.is(problemWith([{ claim: 'app.permissions', from: 'roles' }], { rolesClaim: 'app_permissions' }), null)
})

test('the roles claim and other claims cannot contradict each other', t => {
  t.regex(problemWith([{ claim: 'groups', value: 'x' }], { rolesClaim: 'groups' }) ?? '', /given twice/)
  t.regex(problemWith([{ claim: 'groups.x', value: 'x' }], { rolesClaim: 'groups' }) ?? '', /cannot be beside/)
  t.is(problemWith([{ claim: 'realm.x', value: 'x' }], { rolesClaim: 'realm.roles' }), null)
})

test('any standard claim about a person can be left out, and be had under another name', t => {
  const signIn = ['sub', 'auth_time', 'acr', 'amr']
  for (const name of Object.values(CLAIMS)
    .flat()
    .filter(each => !signIn.includes(each)))
    t.is(
      problemWith([
        { claim: name, from: null },
        { claim: 'x.y', from: name },
      ]),
      null,
      name,
    )
})

const TEXTS: Record<string, Claims[number]> = {
  'groups=roles': { claim: 'groups', from: 'roles' },
  'picture=none': { claim: 'picture', from: null },
  'picture=none in=id_token': { claim: 'picture', from: null, in: ['id_token'] },
  'realm_access.roles=roles only=wiki-*,admin strip=wiki- prefix=acme: in=id_token,userinfo': {
    ...{ claim: 'realm_access.roles', from: 'roles', only: ['wiki-*', 'admin'], strip: 'wiki-', prefix: 'acme:' },
    in: ['id_token', 'userinfo'],
  },
  'tenant="acme"': { claim: 'tenant', value: 'acme' },
  'tenant="a \\"b\\" in=c ] x" in=userinfo': { claim: 'tenant', value: 'a "b" in=c ] x', in: ['userinfo'] },
  'level=-1.5': { claim: 'level', value: -1.5 },
  'beta=true': { claim: 'beta', value: true },
  'groups=["a b","c]"] in=id_token': { claim: 'groups', value: ['a b', 'c]'], in: ['id_token'] },
  'https://app.example.org/roles=roles': { claim: 'https://app.example.org/roles', from: 'roles' },
}
for (const [text, claim] of Object.entries(TEXTS)) {
  test(`what is written is what is shown: ${text}`, t => {
    t.deepEqual(claimIn(text) as unknown, claim)
    t.is(claimText(claimIn(text)), text)
  })
}

for (const text of [
  '',
  'groups',
  '=roles',
  'groups=',
  'a=b c',
  'a="b',
  'a=[1',
  'a=roles only=',
  'a=roles in=x',
  'a=roles in=userinfo in=id_token',
]) {
  test(`not understood: ${JSON.stringify(text)}`, t => {
    const { fields } = t.throws(() => claimIn(text), { instanceOf: InvalidInput })!
    t.deepEqual(Object.keys(fields), ['claims'])
  })
}

const ROLES = ['admin', 'wiki-admin', 'wiki-editor', 'wiki.old']
const SHAPES: [string, Parameters<typeof shapedRoles>[0], string[]][] = [
  ['all', {}, ROLES],
  ['by name', { only: ['admin'] }, ['admin']],
  ['a dot is a dot', { only: ['wiki.*'] }, ['wiki.old']],
  ['by beginning and end', { only: ['w*-*n'] }, ['wiki-admin']],
  ['parts do not overlap', { only: ['admin*admin'] }, []],
  ['several patterns', { only: ['*old', 'admin'] }, ['admin', 'wiki.old']],
  ['stripped, each once', { strip: 'wiki-' }, ['admin', 'editor', 'wiki.old']],
  ['stripped, then prefixed', { only: ['wiki-*'], strip: 'wiki-', prefix: 'x:' }, ['x:admin', 'x:editor']],
  ['none', { only: ['nothing'] }, []],
]
for (const [what, shape, expected] of SHAPES) {
  test(`roles: ${what}`, t => t.deepEqual(shapedRoles(shape, ROLES), expected))
}

test('a pattern of many wildcards takes no longer than a short one', t => {
  const role = 'a'.repeat(63)
  t.deepEqual(shapedRoles({ only: [`${'*a'.repeat(31)}b`] }, Array(1000).fill(role)), [])
})
