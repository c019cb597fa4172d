import test from 'ava'
import { InvalidInput } from '../../src/base/refusals.ts'
import {
  type ClaimMapping,
  type Claims,
  identityOf,
  mergeClaims,
  OIDC_MAPPING,
} from '../../src/federation/providers/claim-mapping.ts'
import { type ProviderPolicy, policySchema } from '../../src/federation/providers/policy.ts'
import { type Kind, presetOf } from '../../src/federation/providers/presets.ts'

const DEFAULT_POLICY = policySchema.parse({})

interface ProviderOptions {
  mapping?: Partial<ClaimMapping>
  policy?: Partial<ProviderPolicy>
}

const of = (claims: Claims, { mapping, policy }: ProviderOptions = {}) =>
  identityOf(
    { mapping: { ...OIDC_MAPPING, ...mapping }, policy: { ...DEFAULT_POLICY, ...policy } },
    { sub: '1', ...claims },
  )
const by = (kind: Kind, claims: Claims) =>
  identityOf({ mapping: presetOf(kind).mapping, policy: DEFAULT_POLICY }, claims)

test('standard claims are mapped to an identity', t => {
  const claims = {
    email: ' Ada@Example.COM ',
    email_verified: true,
    name: 'Ada Lovelace',
    given_name: 'Ada',
    birthdate: '1815-12-10',
    locale: 'en-GB',
    picture: 'https://sso.example.org/ada.png',
  }
  t.deepEqual(of(claims), {
    username: null,
    subject: '1',
    email: 'ada@example.com',
    emailVerified: true,
    name: 'Ada Lovelace',
    profile: {
      given_name: 'Ada',
      birthdate: '1815-12-10',
      locale: 'en-GB',
      picture: 'https://sso.example.org/ada.png',
    },
    roles: null,
    secondFactor: false,
  })
})

test('the subject is required, and must be a string or an integer', t => {
  const subjectOf = (sub: unknown) => identityOf({ mapping: OIDC_MAPPING, policy: DEFAULT_POLICY }, { sub }).subject
  t.is(subjectOf('abc'), 'abc')
  t.is(subjectOf(583231), '583231')
  for (const sub of [undefined, null, '', 'a\0b', 'x'.repeat(256), true, {}, ['1'], 1.5, 2 ** 53, Number.NaN])
    t.throws(() => subjectOf(sub), { instanceOf: InvalidInput }, String(sub))
})

test('U-01: an email counts as verified only if the claim has exactly a configured value', t => {
  const address = 'ada@example.com'
  const verified = (email_verified: unknown) => of({ email: address, email_verified }).emailVerified
  t.true(verified(true))
  for (const value of [undefined, null, false, 'true', 'True', '1', 1, {}, [true], { valueOf: () => true }])
    t.false(verified(value), JSON.stringify(value))
  t.false(of({ email_verified: true }).emailVerified)
  t.false(of({ email: 'no address', email_verified: true }).emailVerified)
})

test('U-01: the string "true" counts as verified only for Apple', t => {
  const claims = { sub: '1', id: '1', user: { user_id: '1' }, email: 'ada@example.com' }
  const said = { email_verified: 'true', verified: 'true', xms_edov: 'true' }
  t.true(by('apple', { ...claims, ...said }).emailVerified)
  for (const kind of ['google', 'microsoft', 'github', 'gitlab', 'discord', 'oidc', 'oauth2', 'yandex', 'vk'] as const)
    t.false(by(kind, { ...claims, ...said }).emailVerified, kind)
})

test('U-01: for Microsoft, xms_edov makes an email verified, and email_verified does not', t => {
  const claims = { sub: '1', email: 'ada@example.com' }
  for (const xms_edov of [true, 1, '1']) t.true(by('microsoft', { ...claims, xms_edov }).emailVerified)
  t.false(by('microsoft', { ...claims, email_verified: true }).emailVerified)
  t.false(by('microsoft', { ...claims, xms_edov: false, email_verified: true }).emailVerified)
})

test('U-01: an email is not verified by a claim from another source', t => {
  const email = 'ada@example.com'
  const merged = (userinfo: Claims, idToken: Claims, mapping: Partial<ClaimMapping> = {}) => {
    const full = { ...OIDC_MAPPING, ...mapping }
    const { email, emailVerified } = of(mergeClaims({ mapping: full }, { userinfo, idToken }), { mapping })
    return [email, emailVerified]
  }
  t.deepEqual(merged({ email: 'eve@example.com', email_verified: true }, { email }), [email, false])
  t.deepEqual(merged({ email }, { email_verified: true }), [email, false])
  t.deepEqual(merged({ email_verified: true }, { email }), [email, false])
  t.deepEqual(merged({ email, email_verified: true }, { email, email_verified: false }), [email, false])
  t.deepEqual(merged({ email, email_verified: true }, { email }), [email, true])
  t.deepEqual(merged({ email, email_verified: true }, {}), [email, true])
  t.deepEqual(merged({}, { email, email_verified: true }), [email, true])
  t.deepEqual(merged({ email: 'eve@example.com' }, { email, email_verified: true }), [email, true])
  const nested = { email: 'user.email', emailVerified: { claim: 'user.sure', values: [true] } }
  t.deepEqual(merged({ user: { email: 'eve@example.com', sure: true } }, { user: { email } }, nested), [email, false])
  t.deepEqual(merged({ user: { email, sure: true } }, {}, nested), [email, true])
  t.deepEqual(merged({ email: 'eve@example.com' }, { email }, { emailVerified: 'always' }), [email, true])
  t.deepEqual(
    mergeClaims({ mapping: OIDC_MAPPING }, { userinfo: { name: 'Ada', sub: 'x' }, idToken: { sub: '1', email } }),
    {
      name: 'Ada',
      sub: '1',
      email,
    },
  )
})

test('U-09: claims that are not mapped are ignored, whatever their name', t => {
  const claims: Claims = JSON.parse(`{
    "iss": "https://evil.example", "aud": "x", "roles": ["superuser"], "groups": ["superuser"], "id": "someone",
    "suspendedAt": null, "emailVerifiedAt": "2020-01-01", "password": "x", "phone_number": "+12025550123",
    "__proto__": {"email": "victim@example.com", "email_verified": true, "polluted": true},
    "constructor": {"prototype": {"polluted": true}}, "sub_jwk": {}, "address": {"formatted": "x"}
  }`)
  t.deepEqual(of(claims), {
    username: null,
    subject: '1',
    email: null,
    emailVerified: false,
    name: null,
    profile: {},
    roles: null,
    secondFactor: false,
  })
  t.false('polluted' in {})
})

test('U-09: a claim path never reads from a prototype', t => {
  const paths = ['__proto__.email', 'constructor.name', 'toString', 'toString.name', 'length', 'groups.length']
  for (const path of paths)
    t.is(of({ groups: ['a'] }, { mapping: { email: path, profile: { name: path } } }).name, null, path)
  t.throws(() => of({}, { mapping: { subject: 'constructor.name' } }), { instanceOf: InvalidInput })
})

test('U-09: invalid claims are dropped without affecting the others, and HTML is kept as text', t => {
  const { name, profile } = of({
    name: 'x'.repeat(1024 * 1024),
    given_name: '<script>alert(1)</script>',
    family_name: { toString: 'x' },
    nickname: ['a'],
    picture: 'javascript:alert(1)',
    website: 'https://ada.example.org',
    birthdate: '10.12.1815',
    zoneinfo: 'Mars/Olympus',
  })
  // HTML is kept as it is: pages escape it.
  t.deepEqual(profile, { given_name: '<script>alert(1)</script>', website: 'https://ada.example.org' })
  t.is(name, '<script>alert(1)</script>')
})

test('without a name claim, the name is composed from other claims', t => {
  t.is(of({ given_name: 'Ada', family_name: 'Lovelace', nickname: 'countess' }).name, 'Ada Lovelace')
  t.is(of({ nickname: 'countess', preferred_username: 'ada' }).name, 'countess')
  t.is(of({ preferred_username: 'ada' }).name, 'ada')
})

test('roles come only from the mapped claim, which may be a string or a list', t => {
  const policy = {
    roleMapping: { claim: 'realm.groups', roles: { staff: ['editor', 'writer'], boss: ['admin', 'editor'] } },
  }
  const roles = (groups: unknown) => of({ realm: { groups } }, { policy }).roles
  t.deepEqual(roles(['staff', 'boss', 'superuser']), ['editor', 'writer', 'admin'])
  t.deepEqual(roles('boss'), ['admin', 'editor'])
  t.deepEqual(roles('staff,boss'), [])
  t.deepEqual(roles([['staff'], { staff: true }, 'toString', '__proto__']), [])
  t.deepEqual(roles(undefined), [])
  t.is(of({ roles: ['admin'] }).roles, null)
})

test('a second factor counts if its amr or acr value is trusted', t => {
  const policy = { trustedAmr: ['mfa'], trustedAcr: ['urn:two'] }
  const counts = (claims: Claims) => of(claims, { policy }).secondFactor
  t.true(counts({ amr: ['pwd', 'mfa'] }))
  t.true(counts({ acr: 'urn:two' }))
  for (const claims of [{}, { amr: ['pwd'] }, { amr: 'mfa' }, { acr: ['urn:two'] }, { acr: 'urn:three' }])
    t.false(counts(claims), JSON.stringify(claims))
  t.false(of({ amr: ['mfa'], acr: 'urn:two' }).secondFactor)
})
