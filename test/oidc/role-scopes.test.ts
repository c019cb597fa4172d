import test from 'ava'
import { decodeJwt } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { InvalidInput } from '../../src/base/refusals.ts'
import type { ClientRegistration } from '../../src/clients/registration.ts'
import { previewPerson } from '../../src/oidc/preview/claims-preview.ts'
import { Browser } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const ORDERS = 'https://orders.example.org'
const OPEN = 'https://open.example.org'
const ALL = ['orders:read', 'orders:write', 'orders:refund']

const gatehouse = await startGatehouse()
const { app, url } = gatehouse

const by = { by: operator }
const scopesOf = (names: string[]) => names.map(name => ({ name, description: `May ${name}` }))
await app.scope(async () => {
  const limited = { scopesByRole: true, permissionsClaim: true }
  await app.resources.register({ id: ORDERS, name: 'Orders', scopes: scopesOf(ALL), ...limited }, by)
  await app.resources.register({ id: OPEN, name: 'Open', scopes: scopesOf(['open:read']) }, by)
  await app.roles.create({ name: 'clerk', scopes: { [ORDERS]: ['orders:read', 'orders:write'] } }, by)
  await app.roles.create({ name: 'cashier', scopes: { [ORDERS]: ['orders:refund'] } }, by)
})

const register = (more: Partial<ClientRegistration> = {}) =>
  RelyingParty.register(gatehouse, { scopes: ['openid', 'offline_access', ...ALL, 'open:read'], ...more })

/** The access token of a sign-in that asks for these scopes of an API. */
async function tokenFor(rp: RelyingParty, person: Person, scopes: string[], resource = ORDERS) {
  const { tokens } = await rp.signIn(person, { scope: `openid ${scopes.join(' ')}`, resource, prompt: 'consent' })
  return { tokens, claims: decodeJwt(tokens.access_token) }
}

test.after.always(() => gatehouse.stop())

test('an access token has only the scopes that were asked for, that the client may have, and that a role allows', async t => {
  const rp = await register({ scopes: ['openid', 'orders:read', 'orders:refund'] })
  const ada = await makePerson(gatehouse, { roles: ['clerk'] })
  const { tokens, claims } = await tokenFor(rp, ada, ALL)
  t.like(claims, { scope: 'orders:read', permissions: ['orders:read'], roles: ['clerk', 'subscriber'] })
  t.is(tokens.scope, 'orders:read')
  const both = await makePerson(gatehouse, { roles: ['clerk', 'cashier'] })
  t.is((await tokenFor(rp, both, ALL)).claims.scope, 'orders:read orders:refund')
  t.is((await tokenFor(rp, both, ['orders:refund'])).claims.scope, 'orders:refund')
})

test('a person without such a role gets a token without any scope', async t => {
  const { tokens, claims } = await tokenFor(await register(), await makePerson(gatehouse), ALL)
  t.false('scope' in claims)
  t.like(claims, { aud: ORDERS, permissions: [] })
  t.is(tokens.scope, '', 'RFC 6749 section 5.1: without it, the token would have what was requested')
})

test('a request for an API alone, of which no role allows anything, ends on the page without access', async t => {
  const ada = await makePerson(gatehouse)
  for (const scopes of [ALL, ['openid', 'offline_access', ...ALL]]) {
    const rp = await register({ scopes })
    const browser = new Browser(url)
    const begin = async (more = {}) => {
      const begun = await rp.begin({ scope: 'orders:refund', resource: ORDERS, ...more })
      begun.url.searchParams.delete('nonce')
      return begun
    }
    await rp.visit(await begin(), ada, browser)
    t.is(browser.heading, "You don't have access to Example")
    await browser.open(browser.page.url)
    t.is(browser.heading, "You don't have access to Example")
    await browser.submit({}, { action: '/abort' })
    t.is(new URL(browser.page.url).searchParams.get('error'), 'access_denied')
    await browser.open((await begin({ prompt: 'none' })).url.href)
    t.is(new URL(browser.page.url).searchParams.get('error'), 'access_denied')
  }
})

test('a person agrees only to what the page showed, also if a role was given meanwhile', async t => {
  const rp = await register()
  const ada = await makePerson(gatehouse, { roles: ['clerk'] })
  const begun = await rp.begin({ scope: `openid ${ALL.join(' ')}`, resource: ORDERS })
  const browser = new Browser(url)
  await browser.open(begun.url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.false(browser.text.includes('May orders:refund'))
  await app.scope(async () => app.assignments.assign(await app.accounts.find(ada.id), ['cashier'], by))
  await browser.submit({ decision: 'allow' })
  t.true(browser.text.includes('May orders:refund'), 'the page is shown again with all of it')
  await browser.submit({ decision: 'allow' })
  t.is((await rp.redeem(begun, browser)).scope, ALL.join(' '))
})

test('an API whose scopes do not depend on roles gives them to everyone, and has no permissions claim', async t => {
  const { claims } = await tokenFor(await register(), await makePerson(gatehouse), ['open:read'], OPEN)
  t.is(claims.scope, 'open:read')
  t.false('permissions' in claims)
})

test('people are asked only for what their roles allow', async t => {
  const rp = await register()
  const ada = await makePerson(gatehouse, { roles: ['clerk'] })
  const browser = new Browser(url)
  await browser.open((await rp.begin({ scope: `openid ${ALL.join(' ')}`, resource: ORDERS })).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.true(browser.text.includes('May orders:write'))
  t.false(browser.text.includes('May orders:refund'))
  await browser.submit({ decision: 'allow' })
  const [consent] = await app.scope(() => app.authorizedApplications.of(ada.id))
  t.deepEqual(consent!.resources, { [ORDERS]: ['orders:read', 'orders:write'] })
})

test('a refresh, and the next sign-in, follow the roles of that moment', async t => {
  const rp = await register({ firstParty: true })
  const ada = await makePerson(gatehouse, { roles: ['clerk', 'cashier'] })
  const scope = `openid offline_access ${ALL.join(' ')}`
  const { tokens, browser } = await rp.signIn(ada, { scope, resource: ORDERS })
  t.is(tokens.scope, ALL.join(' '))
  await app.scope(async () => app.assignments.unassign(await app.accounts.find(ada.id), ['clerk'], by))
  let refreshToken = tokens.refresh_token!
  const fewer = await eventually(async () => {
    const renewed = await rp.refresh(refreshToken)
    refreshToken = renewed.refresh_token!
    return decodeJwt(renewed.access_token).scope === 'orders:refund' && renewed.scope === 'orders:refund'
  })
  t.true(fewer)
  const again = await rp.signIn(ada, { scope, resource: ORDERS }, browser)
  t.is(decodeJwt(again.tokens.access_token).scope, 'orders:refund', 'the grant of before has more')
})

test('a change of the role counts in every process, and for tokens that are returned through the browser', async t => {
  const there = await gatehouse.another()
  await app.scope(() => app.roles.create({ name: 'auditor' }, by))
  const rp = await register({ firstParty: true, responseTypes: ['code id_token token'], pkce: 'nonce' })
  const ada = await makePerson(gatehouse, { roles: ['auditor'] })
  const scopeNow = async () => {
    const parameters = { scope: 'openid orders:read', resource: ORDERS, response_type: 'code id_token token' }
    const { browser } = { browser: new Browser(url) }
    await rp.visit(await rp.begin(parameters), ada, browser)
    const returned = new URLSearchParams(new URL(browser.page.url).hash.slice(1))
    return decodeJwt(returned.get('access_token')!).scope
  }
  t.is(await scopeNow(), undefined)
  const allowed = { resource: ORDERS, scopes: ['orders:read'] }
  await there.app.scope(() => there.app.roles.allow('auditor', allowed, by))
  t.true(await eventually(async () => (await scopeNow()) === 'orders:read'))
  await there.app.scope(() => there.app.roles.disallow('auditor', { ...allowed, scopes: [] }, by))
  t.true(await eventually(async () => (await scopeNow()) === undefined))
})

test('a machine has no roles: it gets the scopes that it is registered for', async t => {
  const machine = await RelyingParty.register(gatehouse, {
    profile: 'machine',
    scopes: ['orders:read', 'orders:write'],
  })
  const { body } = await machine.post('/token', { grant_type: 'client_credentials' })
  t.like(decodeJwt(body.access_token), {
    scope: 'orders:read orders:write',
    permissions: ['orders:read', 'orders:write'],
    roles: [],
  })
})

test('a preview shows what the roles of the person allow, and nothing for a person who is kept out', async t => {
  const rp = await register({ allowedRoles: ['clerk'] })
  const client = await app.scope(() => app.clients.find(rp.id))
  const preview = (person: Person) =>
    app.scope(() => previewPerson(app, client, person.id, { scope: `openid ${ALL.join(' ')}`, resource: ORDERS }))
  const { tokens, unasked, scope, withheld } = await preview(await makePerson(gatehouse, { roles: ['clerk'] }))
  t.is(tokens.access_token?.payload.scope, 'orders:read orders:write')
  t.is(scope, 'openid orders:read orders:write')
  t.deepEqual(unasked, { scopes: ['openid'], claims: [], resources: { [ORDERS]: ['orders:read', 'orders:write'] } })
  t.deepEqual(withheld, [
    {
      ...{ resource: ORDERS, scopes: ['orders:refund'] },
      reason: 'none of the roles clerk, subscriber allows them at this API',
      fix: `gatehouse roles allow <role> ${ORDERS} orders:refund`,
    },
  ])
  const permissions = tokens.access_token?.claims.find(({ claim }) => claim === 'permissions')
  t.regex(permissions?.reason ?? '', /--permissions-claim/)
  await t.throwsAsync(preview(await makePerson(gatehouse)), { instanceOf: InvalidInput, message: /roles/ })
})
