import test, { type ExecutionContext } from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import type { Preview } from '../../src/oidc/preview/claims-preview.ts'
import { commandsFor } from '../cli/command-line.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const API = 'https://api.example.org'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse()
  const { app } = gatehouse
  const resource = { id: API, name: 'API', scopes: [{ name: 'read' }, { name: 'write' }] }
  await app.scope(() => app.resources.register(resource, { by: operator }))
})
test.after.always(() => gatehouse.stop())

const preview = (line: string) => commandsFor(gatehouse.app).json<Preview>(`clients preview-claims ${line}`)

/** What differs from one sign-in to the next, and is a placeholder in a preview. */
const VARIES = ['iat', 'exp', 'auth_time', 'jti', 'sid', 'nonce', 'at_hash', 'acr', 'amr']

function comparable(payload: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !VARIES.includes(name)))
}

const FIELDS: NonNullable<ClientRegistration['claims']> = [
  { claim: 'resource_access.{client_id}.roles', from: 'roles', only: ['ad*'], prefix: 'x:' },
  { claim: 'mail', from: 'email', in: ['access_token', 'userinfo'] },
  { claim: 'email_verified', from: null, in: ['id_token'] },
  { claim: 'tenant', value: ['acme', 'umbrella'] },
]

interface Case {
  registration: Partial<ClientRegistration>
  request: Record<string, string>
  options: string
}
const CASES: Record<string, Case> = {
  'a web application without mappings': {
    registration: {},
    request: { scope: 'openid profile email roles' },
    options: '',
  },
  'a web application with mappings': {
    registration: { claims: FIELDS },
    request: { scope: 'openid email roles' },
    options: '--scope "openid email roles"',
  },
  'a single-page application with the roles in another claim': {
    registration: { profile: 'spa', rolesClaim: 'realm_access.roles' },
    request: { scope: 'openid roles' },
    options: '--scope "openid roles"',
  },
  'a native application': {
    registration: { profile: 'native', redirectUris: [CALLBACK], claims: [{ claim: 'name', from: 'email' }] },
    request: { scope: 'openid profile email' },
    options: '--scope "openid profile email"',
  },
  'a first-party application that asks for claims by name': {
    registration: { firstParty: true, claims: FIELDS },
    request: { scope: 'openid', claims: '{"userinfo":{"mail":null},"id_token":{"name":null}}' },
    options: `--scope openid --claims '{"userinfo":{"mail":null},"id_token":{"name":null}}'`,
  },
  'an application that calls an API': {
    registration: { claims: FIELDS, scopes: ['email', 'roles', 'read', 'write'] },
    request: { scope: 'openid email read phone', resource: API },
    options: `--scope "openid email read phone" --resource ${API}`,
  },
}
for (const [what, { registration, request, options }] of Object.entries(CASES)) {
  test(`a preview shows what a sign-in gives: ${what}`, async t => {
    const rp = await RelyingParty.register(gatehouse, registration)
    const ada = await makePerson(gatehouse, { roles: ['admin'] })
    const before = await traces(ada.id)
    const shown = await preview(`${rp.id} ${ada.email} ${options}`)
    t.deepEqual(await traces(ada.id), before, 'nothing is left of it')
    const { tokens } = await rp.signIn(ada, request)
    const { id_token: idToken, access_token: accessToken, userinfo } = shown.tokens
    t.deepEqual(comparable(idToken!.payload), comparable(decodeJwt(tokens.id_token!)))
    if (request.resource) {
      t.is(shown.accessTokenFormat, 'jwt')
      t.deepEqual(comparable(accessToken!.payload), comparable(decodeJwt(tokens.access_token)))
      t.is(userinfo, null)
    } else {
      const { body } = await rp.post('/token/introspection', { token: tokens.access_token })
      t.deepEqual(comparable(accessToken!.payload), comparable(body))
      t.deepEqual(userinfo!.payload, { ...(await rp.userinfo(tokens.access_token, ada.id)) })
    }
    for (const previewed of Object.values(shown.tokens)) everyClaimIsExplained(t, previewed)
  })
}

/** What a request about this person could leave behind. */
async function traces(id: string) {
  const { em, artifacts } = gatehouse.app
  const consents = await em.fork().execute('select client_id from consent where account_id = ?', [id])
  const stored = await Promise.all(['Grant', 'Session'].map(kind => artifacts.byAccount(kind, id)))
  const events = await em.fork().execute('select id from audit_event where subject = ?', [id])
  return { consents, stored, events }
}

function everyClaimIsExplained(t: ExecutionContext, previewed: Preview['tokens']['userinfo']): void {
  const explained = previewed?.claims.filter(({ present }) => present).map(({ claim }) => claim.split('.')[0])
  t.deepEqual([...new Set(explained)].sort(), Object.keys(previewed?.payload ?? {}).sort())
  t.true(previewed?.claims.every(({ reason }) => reason.length > 3) ?? true)
}

test('a client of the implicit flow has the same ID token', async t => {
  const rp = await RelyingParty.register(gatehouse, { responseTypes: ['id_token'], claims: FIELDS })
  const ada = await makePerson(gatehouse)
  const shown = await preview(`${rp.id} ${ada.email} --scope "openid email"`)
  const browser = await rp.visit(await rp.begin({ response_type: 'id_token', scope: 'openid email' }), ada)
  const real = decodeJwt(new URLSearchParams(new URL(browser.page.url).hash.slice(1)).get('id_token')!)
  t.deepEqual(comparable(shown.tokens.id_token!.payload), comparable(real))
})

test('a machine has the token that it would get', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['read'], claims: FIELDS })
  const { tokens, scope } = await preview(machine.id)
  const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
  t.is(scope, 'read')
  t.deepEqual(comparable(tokens.access_token!.payload), comparable(decodeJwt(body.access_token)))
  t.like(tokens, { id_token: null, userinfo: null })
})

test('a preview says why a claim is there or not', async t => {
  const rp = await RelyingParty.register(gatehouse, {
    scopes: ['profile', 'email', 'roles'],
    claims: [
      { claim: 'groups', from: 'roles', only: ['wiki-*'] },
      { claim: 'mail', from: 'email' },
      { claim: 'phone', from: 'phone_number' },
      { claim: 'login', from: 'preferred_username' },
      { claim: 'org', value: 'acme', in: ['userinfo'] },
      { claim: 'locale', from: null },
    ],
  })
  const ada = await makePerson(gatehouse)
  const { tokens, unasked } = await preview(`${rp.id} ${ada.email} --scope "openid profile roles"`)
  t.deepEqual(unasked, ['openid', 'profile', 'roles'])
  const said = Object.fromEntries(tokens.id_token!.claims.map(({ claim, reason }) => [claim, reason]))
  t.like(said, {
    sub: 'protocol',
    name: 'scope profile',
    groups: 'groups=roles only=wiki-*: none of the roles subscriber matches wiki-*',
    mail: 'mail=email: the scope email was not requested',
    phone: 'phone=phone_number: the application is not registered for the scope phone',
    login: 'login=preferred_username: the account has no value',
    org: 'org="acme" in=userinfo: only in userinfo',
    locale: 'left out: locale=none',
    nickname: 'the account has no value',
  })
  await rp.signIn(ada)
  t.deepEqual((await preview(`${rp.id} ${ada.email} --scope "openid profile roles"`)).unasked, [])
  const { out } = await commandsFor(gatehouse.app).run(`clients preview-claims ${rp.id} ${ada.email}`)
  t.regex(out, /^Granted scopes: openid profile email roles\n\nID token\n\{/)
  t.regex(out, /\n {2}mail +mail=email\n/)
})

test('a preview refuses what a sign-in would refuse, and says which option is wrong', async t => {
  const cli = commandsFor(gatehouse.app)
  const rp = await RelyingParty.register(gatehouse, { verifiedEmailRequired: true })
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['read'] })
  const verified = await makePerson(gatehouse, { emailVerified: true })
  const refusals: [string, RegExp][] = [
    [`${rp.id}`, /<?account>? is required/],
    [`${rp.id} ${(await makePerson(gatehouse)).email}`, /account>? has to verify its email/],
    [`${rp.id} ${verified.email} --scope unknown`, /--scope.*no scope that this client may request/],
    [`${rp.id} ${verified.email} --resource ${API}`, /--resource.*missing, or unknown/],
    [`${rp.id} ${verified.email} --claims nonsense`, /--claims.*could not parse/],
    [`${machine.id} ${verified.email}`, /account>? is not possible for the profile machine/],
    [`${machine.id} --scope write`, /--scope.*not allowed/],
  ]
  for (const [line, words] of refusals) {
    const { code, out, err } = await cli.run(`clients preview-claims ${line}`)
    t.deepEqual([code, out], [2, ''], line)
    t.regex(err, words)
  }
  await gatehouse.app.scope(async () => gatehouse.app.suspension.suspend(verified.id, { by: operator }))
  t.regex((await cli.run(`clients preview-claims ${rp.id} ${verified.email}`)).err, /is suspended/)
})
