import test, { type ExecutionContext } from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { StoreUnavailable } from '../../src/base/refusals.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import type { Preview } from '../../src/oidc/preview/claims-preview.ts'
import { PreviewArtifacts } from '../../src/oidc/preview/preview-artifacts.ts'
import { notices } from '../../src/oidc/provider/library-notices.ts'
import { commandsFor } from '../cli/command-line.ts'
import { eventually } from '../support/eventually.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { MovingClock } from '../support/moving-clock.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const API = 'https://api.example.org'
const OTHER = 'https://other.example.org'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse()
  const { app } = gatehouse
  const scopes = [{ name: 'read' }, { name: 'write' }]
  await app.scope(async () => {
    await app.resources.register(
      { id: API, name: 'API', scopes: [...scopes, { name: 'report' }], permissionsClaim: true },
      { by: operator },
    )
    await app.resources.register({ id: OTHER, name: 'Other', scopes, scopesByRole: true }, { by: operator })
    await app.roles.create({ name: 'reader', scopes: { [OTHER]: ['read'] } }, { by: operator })
  })
})
test.after.always(() => gatehouse.stop())

const preview = (line: string) => commandsFor(gatehouse.app).json<Preview>(`clients preview-claims ${line}`)

/** What differs from one sign-in to the next, and is a placeholder in a preview. */
const VARIES = ['iat', 'exp', 'auth_time', 'jti', 'sid', 'nonce', 'at_hash', 'acr', 'amr', 'grant_id', 'revocable_by']

function comparable(payload: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => !VARIES.includes(name)))
}

const FIELDS: NonNullable<ClientRegistration['claims']> = [
  { claim: 'resource_access.{client_id}.roles', from: 'roles', only: ['ad*'], prefix: 'x:' },
  { claim: 'mail', from: 'email', in: ['access_token', 'userinfo'] },
  { claim: 'email_verified', from: null, in: ['id_token'] },
  { claim: 'tenant', value: ['acme', 'umbrella'] },
]

/** The reasons of the claims that are there, without those of the protocol. */
type Reasons = Partial<Record<keyof Preview['tokens'], Record<string, string>>>

interface Case {
  registration: Partial<ClientRegistration>
  request: Record<string, string>
  options: string
  because: (clientId: string) => Reasons
}
const ALWAYS = { roles: 'always in access tokens' }
const TENANT = { tenant: 'tenant=["acme","umbrella"]' }
const MAIL = { mail: 'mail=email in=access_token,userinfo' }
const ownRoles = (id: string) => ({
  [`resource_access.${id}.roles`]: 'resource_access.{client_id}.roles=roles only=ad* prefix=x:',
})
const PROFILE = { name: 'scope profile' }
const EMAIL = { email: 'scope email', email_verified: 'scope email' }
const ROLES = { roles: 'scope roles' }
const CASES: Record<string, Case> = {
  'a web application without mappings': {
    registration: {},
    request: { scope: 'openid profile email roles' },
    options: '',
    because: () => {
      const person = { ...PROFILE, ...EMAIL, ...ROLES }
      return { id_token: person, access_token: ALWAYS, userinfo: person }
    },
  },
  'a web application with mappings': {
    registration: { claims: FIELDS },
    request: { scope: 'openid email roles' },
    options: '--scope "openid email roles"',
    because: id => ({
      id_token: { email: 'scope email', ...ROLES, ...ownRoles(id), ...TENANT },
      access_token: { ...ALWAYS, ...ownRoles(id), ...MAIL, ...TENANT },
      userinfo: { ...EMAIL, ...ROLES, ...ownRoles(id), ...MAIL, ...TENANT },
    }),
  },
  'a single-page application with the roles in another claim': {
    registration: { profile: 'spa', rolesClaim: 'realm_access.roles' },
    request: { scope: 'openid roles' },
    options: '--scope "openid roles"',
    because: () => {
      const roles = { 'realm_access.roles': 'realm_access.roles=roles' }
      return { id_token: roles, access_token: roles, userinfo: roles }
    },
  },
  'a native application': {
    registration: { profile: 'native', redirectUris: [CALLBACK], claims: [{ claim: 'name', from: 'email' }] },
    request: { scope: 'openid profile email' },
    options: '--scope "openid profile email"',
    because: () => {
      const person = { ...EMAIL, name: 'name=email' }
      return { id_token: person, access_token: ALWAYS, userinfo: person }
    },
  },
  'a first-party application that asks for claims by name': {
    registration: { firstParty: true, claims: FIELDS },
    request: { scope: 'openid', claims: '{"userinfo":{"mail":null},"id_token":{"name":null}}' },
    options: `--scope openid --claims '{"userinfo":{"mail":null},"id_token":{"name":null}}'`,
    because: id => ({
      id_token: { name: 'requested by name (claims)', ...TENANT },
      access_token: { ...ALWAYS, ...ownRoles(id), ...TENANT },
      userinfo: { email: 'requested by name (claims)', ...MAIL, ...TENANT },
    }),
  },
  'an application that calls an API': {
    registration: { claims: FIELDS, scopes: ['email', 'roles', 'read', 'write'] },
    request: { scope: 'openid email read phone', resource: API },
    options: `--scope "openid email read phone" --resource ${API}`,
    because: id => ({
      id_token: { email: 'scope email', ...TENANT },
      access_token: {
        ...ALWAYS,
        ...ownRoles(id),
        ...MAIL,
        ...TENANT,
        permissions: 'the scopes as a list, as the API wants them (resources update --permissions-claim)',
      },
    }),
  },
}
for (const [what, { registration, request, options, because }] of Object.entries(CASES)) {
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
    t.deepEqual(reasonsOf(t, shown), because(rp.id))
  })
}

/** What a request about this person could leave behind; for the rest, see below. */
async function traces(id: string) {
  const { em, artifacts } = gatehouse.app
  const consents = await em.fork().execute('select client_id from consent where account_id = ?', [id])
  const stored = await Promise.all(['Grant', 'Session'].map(kind => artifacts.byAccount(kind, id)))
  const events = await em.fork().execute('select id from audit_event where subject = ?', [id])
  return { consents, stored, events }
}

/** Claims that the protocol itself puts into tokens and introspection. */
const OF_PROTOCOL = ['iss', 'sub', 'aud', 'scope', 'client_id', 'active', 'token_type', ...VARIES]

/** Why the claims are there that the protocol does not put there. Each claim that is there has one reason. */
function reasonsOf(t: ExecutionContext, { tokens }: Preview): Reasons {
  const all = Object.entries(tokens).map(([place, previewed]) => {
    const present = previewed?.claims.filter(claim => claim.present) ?? []
    const roots = present.map(({ claim }) => claim.split('.')[0])
    t.deepEqual([...new Set(roots)].sort(), Object.keys(previewed?.payload ?? {}).sort(), place)
    const protocol = present.filter(({ reason }) => reason === 'protocol').map(({ claim }) => claim)
    t.deepEqual(
      protocol.filter(claim => !OF_PROTOCOL.includes(claim)),
      [],
      place,
    )
    const others = present.filter(({ claim }) => !protocol.includes(claim))
    return [place, Object.fromEntries(others.map(({ claim, reason }) => [claim, reason]))] as const
  })
  return Object.fromEntries(all.filter(([, reasons]) => Object.keys(reasons).length > 0))
}

/**
 * How much each table has: codes, tokens, replay marks, unconfirmed responses, events, and everything else. Earlier events
 * may still be linked to the chain meanwhile.
 */
async function contents() {
  const { em } = gatehouse.app
  const tables = await em.fork().execute<{ name: string }[]>(
    `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_name not in ('audit_link', 'audit_tip', 'audit_head')`,
  )
  const counted = tables.map(
    async ({ name }) => [name, await em.fork().execute(`select count(*) from ${name}`)] as const,
  )
  return Object.fromEntries(await Promise.all(counted))
}

/** The keys that Redis has now and did not have before; others may expire meanwhile. */
async function newKeys(before: ReadonlySet<string>): Promise<string[]> {
  return (await keys()).filter(key => !before.has(key))
}

async function keys(): Promise<string[]> {
  return (await gatehouse.app.redis?.keys('*')) ?? []
}

test.serial('nothing of a preview is stored, also of one that fails after its code was used', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'email', 'read', 'offline_access'] })
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['report'] })
  const ada = await makePerson(gatehouse)
  const [before, earlier] = [await contents(), new Set(await keys())]
  t.true('unconfirmed_response' in before && 'artifact' in before)
  await preview(`${rp.id} ${ada.email} --scope "openid email offline_access read" --resource ${API}`)
  await preview(`${rp.id} ${ada.email}`)
  await preview(machine.id)
  t.deepEqual(await contents(), before)
  t.deepEqual(await newKeys(earlier), [])

  const { commit } = PreviewArtifacts.prototype
  t.teardown(() => Object.assign(PreviewArtifacts.prototype, { commit }))
  PreviewArtifacts.prototype.commit = async function (changes) {
    if (changes.some(({ kind }) => kind === 'AccessToken')) throw new StoreUnavailable('Redis', 'no reply')
    return commit.call(this, changes)
  }
  const failed = await commandsFor(gatehouse.app).run(`clients preview-claims ${rp.id} ${ada.email}`)
  t.regex(failed.err, /preview of \/token failed/)
  t.deepEqual(await contents(), before)
  t.deepEqual(await newKeys(earlier), [])
})

test.serial('a preview that comes first leaves the notices of the process to be logged', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  t.teardown(() => notices.splice(0))
  // The provider of this process logs its notices whenever a client changes, as by the lines above.
  const left = await eventually(async () => {
    notices.splice(0)
    console.info('oidc-provider NOTICE: of the start')
    await preview(`${rp.id} ${ada.email}`)
    return notices.join() === 'oidc-provider NOTICE: of the start'
  })
  t.true(left, notices.join())
})

test.serial('a preview goes by the clock of the product, as a sign-out everywhere does', async t => {
  const clock = new MovingClock()
  clock.advance(600)
  const ahead = await startGatehouse({ clock })
  t.teardown(() => ahead.stop())
  const { app } = ahead
  const resource = { id: API, name: 'API', scopes: [{ name: 'read' }] }
  await app.scope(() => app.resources.register(resource, { by: operator }))
  const rp = await RelyingParty.register(ahead, { scopes: ['read'] })
  const ada = await makePerson(ahead)
  await app.scope(async () => app.signOut.of(await app.accounts.find(ada.id), { by: operator }))
  const line = `clients preview-claims ${rp.id} ${ada.email} --scope read --resource ${API}`
  t.is((await commandsFor(app).json<Preview>(line)).scope, 'read')
})

test('what the person would be asked is told for each API by itself, and what no role allows is named', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid', 'read', 'write'] })
  const ada = await makePerson(gatehouse, { roles: ['reader'] })
  const scope = 'openid read write'
  await rp.signIn(ada, { scope, resource: API })
  const request = (resource: string) => `${rp.id} ${ada.email} --scope "${scope}" --resource ${resource}`
  const [there, other] = [await preview(request(API)), await preview(request(OTHER))]
  t.like(there, { scope, withheld: [], unasked: { scopes: [], claims: [], resources: {} } })
  t.like(other, { scope: 'openid read', unasked: { scopes: [], claims: [], resources: { [OTHER]: ['read'] } } })
  const reason = 'none of the roles reader, subscriber allows them at this API'
  const fix = `gatehouse roles allow <role> ${OTHER} write`
  t.deepEqual(other.withheld, [{ resource: OTHER, scopes: ['write'], reason, fix }])
  const { out } = await commandsFor(gatehouse.app).run(`clients preview-claims ${request(OTHER)}`)
  const lines = [
    'Granted scopes: openid read',
    `Not granted at ${OTHER}: write - ${reason}; ${fix}`,
    `Not allowed yet; ${ada.email} would be asked: read at ${OTHER}`,
  ]
  t.true(out.startsWith(`${lines.join('\n')}\n`), out)
  t.is((await rp.signIn(ada, { scope, resource: OTHER })).tokens.scope, 'read')
  t.deepEqual((await preview(request(OTHER))).unasked, { scopes: [], claims: [], resources: {} })
})

test('a client of the implicit flow has the same ID token', async t => {
  const rp = await RelyingParty.register(gatehouse, { responseTypes: ['id_token'], claims: FIELDS })
  const ada = await makePerson(gatehouse)
  const shown = await preview(`${rp.id} ${ada.email} --scope "openid email"`)
  const browser = await rp.visit(await rp.begin({ response_type: 'id_token', scope: 'openid email' }), ada)
  const real = decodeJwt(new URLSearchParams(new URL(browser.page.url).hash.slice(1)).get('id_token')!)
  t.deepEqual(comparable(shown.tokens.id_token!.payload), comparable(real))
})

test('a machine has the token that it would get', async t => {
  const machine = await RelyingParty.register(gatehouse, { profile: 'machine', scopes: ['report'], claims: FIELDS })
  const { tokens, scope } = await preview(machine.id)
  const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
  t.is(scope, 'report')
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
  t.deepEqual(unasked, { scopes: ['openid', 'profile', 'roles'], claims: [], resources: {} })
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
  t.deepEqual((await preview(`${rp.id} ${ada.email} --scope "openid profile roles"`)).unasked, {
    ...{ scopes: [], claims: [], resources: {} },
  })
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
