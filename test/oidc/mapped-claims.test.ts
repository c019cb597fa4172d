import test from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { Browser } from '../support/browser.ts'
import { type Gatehouse, QUICK, startGatehouse } from '../support/gatehouse.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const API = 'https://api.example.org'

let gatehouse: Gatehouse
test.before(async () => {
  gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: '127.0.0.1' }, queueIntervals: QUICK })
  const { app } = gatehouse
  const by = operator
  await app.scope(async () => {
    await app.resources.register({ id: API, name: 'API', scopes: [{ name: 'read' }] }, { by })
    for (const name of ['wiki-editor', 'wiki-admin']) await app.roles.create({ name, description: name }, { by })
  })
})
test.after.always(() => gatehouse.stop())

type Claims = NonNullable<ClientRegistration['claims']>
type Answers = Record<'idToken' | 'userinfo' | 'accessToken' | 'introspection', Record<string, unknown>>

const SCOPES = ['openid', 'profile', 'email', 'roles', 'offline_access', 'read']

const register = (claims: Claims, more: Partial<ClientRegistration> = {}) =>
  RelyingParty.register(gatehouse, { scopes: SCOPES, claims, ...more })

/** Everything that an application and its API learn about one person. */
async function answers(claims: Claims, { scope = 'openid profile email roles', ...more } = {}): Promise<Answers> {
  const rp = await register(claims)
  const ada = await makePerson(gatehouse, { roles: ['wiki-admin', 'wiki-editor'] })
  const { tokens, browser } = await rp.signIn(ada, { scope, ...more })
  const forApi = await rp.signIn(ada, { scope: `${scope} read`, resource: API }, browser)
  const { body } = await rp.post('/token/introspection', { token: tokens.access_token })
  return {
    idToken: decodeJwt(tokens.id_token!),
    userinfo: await rp.userinfo(tokens.access_token, ada.id),
    accessToken: decodeJwt(forApi.tokens.access_token),
    introspection: body,
  }
}

const EVERYWHERE = ['idToken', 'userinfo', 'accessToken', 'introspection'] as const

test('roles can be groups, in nested objects, filtered, stripped and prefixed, all at once', async t => {
  const found = await answers([
    { claim: 'groups', from: 'roles', only: ['wiki-*'], strip: 'wiki-' },
    { claim: 'realm_access.roles', from: 'roles' },
    { claim: 'resource_access.{client_id}.roles', from: 'roles', only: ['*-admin'], prefix: 'acme:' },
    { claim: 'realm_access.kind', value: 'staff' },
    { claim: 'roles', from: null },
  ])
  for (const place of EVERYWHERE) {
    const { aud, client_id: id, realm_access, resource_access, groups, roles } = found[place]
    t.deepEqual(groups, ['admin', 'editor'], place)
    t.deepEqual(realm_access, { roles: ['subscriber', 'wiki-admin', 'wiki-editor'], kind: 'staff' }, place)
    const [client] = Object.keys(resource_access as object)
    if (place !== 'userinfo') t.is(client, String(id ?? aud))
    t.deepEqual(Object.values(resource_access as object), [{ roles: ['acme:wiki-admin'] }], place)
    t.is(roles, undefined, place)
  }
})

test('a claim is where its mapping puts it, and nowhere else', async t => {
  const { idToken, userinfo, accessToken, introspection } = await answers([
    { claim: 'mail', from: 'email', in: ['access_token'] },
    { claim: 'tenant', value: 'acme' },
    { claim: 'levels', value: ['a', 'b'], in: ['id_token'] },
    { claim: 'email', from: null, in: ['id_token'] },
    { claim: 'full_name', from: 'name' },
    { claim: 'roles', from: null, in: ['access_token'] },
  ])
  for (const claims of [idToken, userinfo, accessToken, introspection]) t.is(claims.tenant, 'acme')
  t.deepEqual(idToken.levels, ['a', 'b'])
  t.like(idToken, { full_name: 'Ada', email: undefined, mail: undefined, email_verified: false })
  t.like(userinfo, { full_name: 'Ada', email: accessToken.mail, mail: undefined, levels: undefined })
  for (const claims of [accessToken, introspection]) {
    t.regex(String(claims.mail), /@example\.org$/)
    t.like(claims, { full_name: undefined, levels: undefined, roles: undefined, email: undefined })
  }
  t.true(Array.isArray(userinfo.roles))
})

test('without the scope, a claim is nowhere under any name; a constant is about no one', async t => {
  const found = await answers(
    [
      { claim: 'mail', from: 'email', in: ['id_token', 'access_token', 'userinfo'] },
      { claim: 'user.name', from: 'name', in: ['id_token', 'access_token', 'userinfo'] },
      { claim: 'groups', from: 'roles', in: ['id_token', 'userinfo'] },
      { claim: 'uid', from: 'sub', in: ['id_token', 'access_token', 'userinfo'] },
      { claim: 'beta', value: true },
    ],
    { scope: 'openid' },
  )
  for (const place of EVERYWHERE) {
    t.like(found[place], { mail: undefined, user: undefined, groups: undefined, beta: true }, place)
    t.is(found[place].uid, found[place].sub, place)
    t.false(JSON.stringify(found[place]).includes('@example.org'), place)
  }
})

test('a refreshed token has the claims of the scopes that the refresh asks for', async t => {
  const rp = await register([{ claim: 'mail', from: 'email', in: ['id_token', 'access_token'] }])
  const ada = await makePerson(gatehouse)
  const { tokens } = await rp.signInToStay(ada)
  const whole = await rp.refresh(tokens.refresh_token!)
  t.is(whole.claims()?.mail, ada.email)
  const mail = async (token: string) => (await rp.post('/token/introspection', { token })).body.mail
  t.is(await mail(whole.access_token), ada.email)
  const less = await rp.refresh(whole.refresh_token!, { scope: 'openid profile' })
  t.is(await mail(less.access_token), undefined)
  t.is(less.claims()?.mail, undefined)
})

test('the consent page names what is disclosed by what it is, whatever the application calls it', async t => {
  const rp = await register([
    { claim: 'x', from: 'email' },
    { claim: 'email', from: null },
  ])
  const ada = await makePerson(gatehouse)
  const begun = await rp.begin({ scope: 'openid email' })
  const browser = await new Browser(gatehouse.url).open(begun.url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  const disclosed = browser.document.querySelector('main')?.textContent ?? ''
  t.true(disclosed.includes('Your e-mail address'), disclosed)
  t.true(disclosed.includes(ada.email))
  await browser.submit({ decision: 'allow' })
  t.like((await rp.redeem(begun, browser)).claims(), { x: ada.email, email: undefined })
})

test('a mapped claim can be requested by name, and the person is asked about what it is from', async t => {
  const rp = await register([
    { claim: 'mail', from: 'email' },
    { claim: 'user.login', from: 'preferred_username' },
    { claim: 'user.full_name', from: 'name' },
  ])
  const ada = await makePerson(gatehouse)
  const claims = JSON.stringify({ userinfo: { mail: null }, id_token: { user: { essential: true }, __proto__: null } })
  const begun = await rp.begin({ scope: 'openid', claims })
  const browser = await new Browser(gatehouse.url).open(begun.url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  const asked = browser.document.querySelector('main')?.textContent ?? ''
  for (const words of [ada.email, ada.name]) t.true(asked.includes(words), asked)
  await browser.submit({ decision: 'allow' })
  const tokens = await rp.redeem(begun, browser)
  t.like(tokens.claims(), { mail: undefined, user: { full_name: 'Ada' } })
  t.like(await rp.userinfo(tokens.access_token, ada.id), { mail: ada.email, user: undefined })
})

for (const responseType of ['id_token', 'id_token token', 'code id_token'] as const) {
  test(`an ID token through the browser has them too (${responseType})`, async t => {
    const rp = await register([{ claim: 'mail', from: 'email', in: ['id_token', 'access_token'] }], {
      responseTypes: [responseType],
    })
    const ada = await makePerson(gatehouse)
    const begun = await rp.begin({ response_type: responseType, scope: 'openid email' })
    const browser = await rp.visit(begun, ada)
    const answer = new URLSearchParams(new URL(browser.page.url).hash.slice(1))
    t.is(decodeJwt(answer.get('id_token')!).mail, ada.email)
    const token = answer.get('access_token')
    if (token) t.is((await rp.post('/token/introspection', { token })).body.mail, ada.email)
  })
}

test('a mapped claim replaces the standard one even where it has no value', async t => {
  const rp = await register([{ claim: 'nickname', from: 'preferred_username' }])
  const ada = await makePerson(gatehouse)
  const { app } = gatehouse
  await app.scope(async () =>
    app.profiles.update(await app.accounts.find(ada.id), { nickname: 'root' }, { by: operator }),
  )
  const { tokens } = await rp.signIn(ada)
  t.is(tokens.claims()?.nickname, undefined, 'the person cannot choose it')
  t.is((await rp.userinfo(tokens.access_token, ada.id)).nickname, undefined)
})

test('a machine has constants and empty roles', async t => {
  const machine = await RelyingParty.register(gatehouse, {
    profile: 'machine',
    scopes: ['read'],
    claims: [
      { claim: 'tenant', value: 7 },
      { claim: 'groups', from: 'roles' },
      { claim: 'mail', from: 'email', in: ['access_token'] },
    ],
  })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
  t.like(decodeJwt(body.access_token), { tenant: 7, groups: [], roles: [], mail: undefined })
})

test('a changed mapping counts from the next token on; discovery names no claim of a single application', async t => {
  const rp = await register([{ claim: 'tenant', value: 'old' }])
  const ada = await makePerson(gatehouse)
  const { tokens, browser } = await rp.signIn(ada)
  t.is(tokens.claims()?.tenant, 'old')
  const { app, url } = gatehouse
  await app.scope(() => app.clients.update(rp.id, { claims: [{ claim: 'org', value: 'new' }] }, { by: operator }))
  t.like((await rp.signIn(ada, {}, browser)).tokens.claims(), { tenant: undefined, org: 'new' })
  const discovered = await fetch(`${url}/.well-known/openid-configuration`)
  const { claims_supported: supported } = (await discovered.json()) as { claims_supported: string[] }
  t.true(supported.includes('email'))
  t.false(supported.includes('org'))
})

test('a logout token has nothing but what the standard requires', async t => {
  const channel = await LogoutEndpoint.open(t)
  const rp = await register([{ claim: 'tenant', value: 'acme' }], { backchannelLogoutUri: channel.uri })
  const { browser } = await rp.signIn(await makePerson(gatehouse))
  await browser.open(`${gatehouse.url}/session/end`)
  await browser.submit({ logout: 'yes' })
  const [received] = await channel.arrived(1)
  t.is(decodeJwt(received!.token).tenant, undefined)
})
