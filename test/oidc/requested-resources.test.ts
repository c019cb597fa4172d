import test from 'ava'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { isRefusedAs } from '../support/codes.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const TOOLS = 'https://tools.example.org'
const FILES = 'https://files.example.org/mcp/'
const TWICE = 'https://twice.example.org/mcp'

const gatehouse = await startGatehouse()
const { app, url } = gatehouse
const scopes = [
  { name: 'tools:list', description: 'List the tools' },
  { name: 'tools:call', description: 'Use the tools' },
]
const registered = [
  { id: TOOLS, name: 'Tools', scopes },
  { id: FILES, name: 'Files', scopes: [{ name: 'files' }] },
  { id: TWICE, name: 'Twice', scopes: [{ name: 'once' }] },
  { id: `${TWICE}/`, name: 'Twice, with a slash', scopes: [{ name: 'twice' }] },
]
for (const resource of registered) await app.scope(() => app.resources.register(resource, { by: operator }))
test.after.always(() => gatehouse.stop())

const keys = createRemoteJWKSet(new URL(`${url}/jwks`))
const verify = async (token: string, audience: string) =>
  (await jwtVerify(token, keys, { issuer: url, audience, typ: 'at+jwt' })).payload

const register = (more: object = {}) =>
  RelyingParty.register(gatehouse, {
    profile: 'spa',
    scopes: ['openid', 'email', 'offline_access', 'tools:list', 'tools:call', 'files', 'once', 'twice'],
    ...more,
  })

/** An authorization request of OAuth: without `scope`, or with the given one, and without a nonce. */
async function request(rp: RelyingParty, resource: string, scope?: string) {
  const begun = await rp.begin({ resource })
  begun.url.searchParams.delete('nonce')
  begun.url.searchParams.delete('scope')
  if (scope !== undefined) begun.url.searchParams.set('scope', scope)
  return begun
}

/** Signs in, agrees, and redeems the code for the resource as it is written here. */
async function tokensFor(rp: RelyingParty, resource: string, scope?: string) {
  const begun = await request(rp, resource, scope)
  const browser = await rp.visit(begun, await makePerson(gatehouse))
  const { body } = await rp.post('/token', {
    grant_type: 'authorization_code',
    code: new URL(browser.page.url).searchParams.get('code') ?? '',
    redirect_uri: begun.url.searchParams.get('redirect_uri') ?? '',
    code_verifier: begun.verifier,
    resource,
  })
  return body
}

test('a request for an API without scopes is for all that the client may have there, and the person is asked for them', async t => {
  const rp = await register({ scopes: ['openid', 'email', 'offline_access', 'tools:list'] })
  const ada = await makePerson(gatehouse)
  const browser = await new Browser(url).open((await request(rp, TOOLS)).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.true(browser.text.includes('List the tools'))
  t.true(browser.text.includes('90 days'), 'and for access while the person is away')
  t.false(browser.text.includes('Use the tools'), 'the client is not registered for it')

  const tokens = await tokensFor(rp, TOOLS)
  t.is((await verify(tokens.access_token, TOOLS)).scope, 'tools:list')
  t.is(tokens.scope, 'tools:list')
  t.is(tokens.id_token, undefined)
})

test('scopes about the person, and those that no one knows, leave it at that', async t => {
  for (const scope of ['openid', 'email offline_access', 'claudeai', 'files']) {
    const tokens = await tokensFor(await register(), TOOLS, scope)
    t.is((await verify(tokens.access_token, TOOLS)).scope, 'tools:list tools:call', scope)
  }
})

test('a request that names a scope of the API gets no other, and one that it may not have is not replaced', async t => {
  const rp = await register()
  t.is((await verify((await tokensFor(rp, TOOLS, 'tools:list')).access_token, TOOLS)).scope, 'tools:list')

  const limited = await register({ scopes: ['openid', 'tools:list'] })
  const browser = await new Browser(url).open((await request(limited, TOOLS, 'tools:call')).url.href)
  t.is(new URL(browser.page.url).searchParams.get('error'), 'invalid_scope')
})

test('what the person has allowed before is not enough for the implied scopes', async t => {
  const rp = await register()
  const ada = await makePerson(gatehouse)
  const browser = await rp.visit(await request(rp, TOOLS, 'openid tools:list'), ada)
  const silent = await request(rp, TOOLS, 'openid')
  silent.url.searchParams.set('prompt', 'none')
  await browser.open(silent.url.href)
  t.is(new URL(browser.page.url).searchParams.get('error'), 'consent_required')
})

test('a request for an API without openid gets a refresh token if the client may have one, and no other request does', async t => {
  const rp = await register()
  const tokens = await tokensFor(rp, TOOLS, 'tools:list')
  const refreshed = await rp.post('/token', {
    grant_type: 'refresh_token',
    refresh_token: tokens.refresh_token,
    resource: `${TOOLS}/`,
  })
  t.is((await verify(refreshed.body.access_token, TOOLS)).scope, 'tools:list')

  t.is((await tokensFor(rp, TOOLS, 'openid tools:list')).refresh_token, undefined)
  const brief = await register({ scopes: ['tools:list'] })
  t.is((await tokensFor(brief, TOOLS, 'tools:list')).refresh_token, undefined)
})

test('an API is found under any spelling of its URL and with a slash more or less, and the audience is the registered one', async t => {
  const rp = await register()
  for (const [resource, audience] of [
    [`${TOOLS}/`, TOOLS],
    ['HTTPS://Tools.Example.ORG:443', TOOLS],
    [FILES.slice(0, -1), FILES],
    [TWICE, TWICE],
    [`${TWICE}/`, `${TWICE}/`],
  ] as const) {
    const tokens = await tokensFor(rp, resource)
    t.is((await verify(tokens.access_token, audience)).aud, audience, resource)
  }
  for (const resource of [
    `${TOOLS}/x`,
    `${TOOLS}//`,
    `${TOOLS}?`,
    `${FILES}x`,
    'http://tools.example.org',
    `${TWICE}//`,
  ]) {
    const browser = await new Browser(url).open((await request(rp, resource)).url.href)
    t.is(new URL(browser.page.url).searchParams.get('error'), 'invalid_target', resource)
  }
})

test('the code and the refresh token of a resource are redeemed under any of its spellings, and for no other', async t => {
  const rp = await register()
  const begun = await request(rp, `${TOOLS}/`)
  const browser = await rp.visit(begun, await makePerson(gatehouse))
  const code = new URL(browser.page.url).searchParams.get('code') ?? ''
  const redeem = (resource: string) =>
    rp.post('/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: begun.url.searchParams.get('redirect_uri') ?? '',
      code_verifier: begun.verifier,
      resource,
    })
  isRefusedAs(t, await redeem(FILES), 'invalid_target')
  const { body } = await redeem(TOOLS)
  t.is((await verify(body.access_token, TOOLS)).aud, TOOLS)
  const refresh = (resource: string) =>
    rp.post('/token', { grant_type: 'refresh_token', refresh_token: body.refresh_token, resource })
  isRefusedAs(t, await refresh(FILES), 'invalid_target')
  const [one, other] = await Promise.all([refresh(TOOLS), refresh(`${TOOLS}/`)])
  t.is(one.body.access_token, other.body.access_token, 'two tabs at once get the same response')
})

test('no one is asked twice because an application writes the resource in another way', async t => {
  const rp = await register()
  const ada = await makePerson(gatehouse)
  await rp.visit(await request(rp, TOOLS), ada)
  const browser = await new Browser(url).open((await request(rp, `${TOOLS}/`)).url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  t.truthy(new URL(browser.page.url).searchParams.get('code'))
})

test('a machine names its API in any spelling', async t => {
  const rp = await register({ profile: 'machine', redirectUris: [], scopes: ['tools:list', 'files'] })
  const { body } = await rp.post('/token', { grant_type: 'client_credentials', resource: `${TOOLS}/` })
  t.is((await verify(body.access_token, TOOLS)).scope, 'tools:list')
})

test('N-02: a request that names many resources is refused before they are looked up', async t => {
  const rp = await register()
  const many = Array.from({ length: 500 }, (_, index): [string, string] => ['resource', `https://${index}.example.org`])
  const code: [string, string][] = [
    ['grant_type', 'authorization_code'],
    ['code', 'x'],
    ['redirect_uri', 'https://app.example.org/callback'],
  ]
  isRefusedAs(t, await rp.post('/token', [...code, ...many]), 'invalid_target')
  const { url: asked } = await rp.begin()
  for (const [name, value] of many.slice(0, 11)) asked.searchParams.append(name, value)
  const location = (await fetch(asked, { redirect: 'manual' })).headers.get('location') ?? ''
  t.is(new URL(location).searchParams.get('error'), 'invalid_target')
})

test('a first-party application, whose access no person is asked about, gets only the scopes that it names', async t => {
  const rp = await register({ firstParty: true })
  const { tokens } = await rp.signIn(await makePerson(gatehouse), { scope: 'openid email', resource: TOOLS })
  t.is(tokens.scope ?? '', '')
  const named = await rp.signIn(await makePerson(gatehouse), { scope: 'openid tools:list', resource: TOOLS })
  t.is((await verify(named.tokens.access_token, TOOLS)).scope, 'tools:list')
})
