import { discoverAuthorizationServerMetadata } from '@modelcontextprotocol/sdk/client/auth.js'
import test from 'ava'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { impersonationLink, makeAdministrator, signInAs } from '../support/impersonation.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { RelyingParty } from '../support/relying-party.ts'

const port = await freePort()
const root = `http://localhost:${port}`
const gatehouse = await startGatehouse({ env: { PORT: String(port), PUBLIC_URL: `${root}/id` } })
test.after.always(() => gatehouse.stop())

const { app, url } = gatehouse

/** Every address that a page links to, loads or posts to. */
function addresses({ document }: Browser): string[] {
  const elements = document.querySelectorAll('[href], [src], [action]')
  return elements.flatMap(element =>
    ['href', 'src', 'action'].flatMap(name => {
      const value = element.getAttribute(name)
      return value && !value.startsWith('#') ? [value] : []
    }),
  )
}

test('the issuer has the base path, and discovery and all endpoints are below it', async t => {
  t.is(url, `${root}/id`)
  const response = await fetch(`${root}/id/.well-known/openid-configuration`)
  const metadata = (await response.json()) as Record<string, unknown>
  t.is(metadata.issuer, `${root}/id`)
  for (const [name, value] of Object.entries(metadata))
    if (/_endpoint$|_uri$/.test(name)) t.true(String(value).startsWith(`${root}/id/`), name)
  t.is((await fetch(String(metadata.jwks_uri))).status, 200)
})

test('clients find the metadata at every path that RFC 8414 and OpenID Connect Discovery name, with the same content', async t => {
  const read = async (path: string) => {
    const response = await fetch(root + path, { headers: { 'mcp-protocol-version': '2025-11-25' } })
    t.is(response.status, 200, path)
    t.is(response.headers.get('access-control-allow-origin'), '*', path)
    t.is(response.headers.get('cache-control'), 'public, max-age=300', path)
    return response.text()
  }
  const document = await read('/id/.well-known/openid-configuration')
  for (const name of ['oauth-authorization-server', 'openid-configuration'])
    for (const path of [`/.well-known/${name}/id`, `/id/.well-known/${name}`])
      for (const again of [false, true]) t.is(await read(path), document, `${path}${again ? ', from the cache' : ''}`)
  t.is(JSON.parse(document).issuer, url)
})

test('the client library of the Model Context Protocol finds the metadata at its first try', async t => {
  const asked: string[] = []
  const fetchFn: typeof fetch = (address, init) => {
    asked.push(String(address))
    return fetch(address, init)
  }
  t.is((await discoverAuthorizationServerMetadata(url, { fetchFn }))?.issuer, url)
  t.deepEqual(asked, [`${root}/.well-known/oauth-authorization-server/id`])
})

test('a script of any origin may ask for the metadata at the root of the host', async t => {
  const response = await fetch(`${root}/.well-known/oauth-authorization-server/id`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://inspector.example.org',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    },
  })
  t.is(response.status, 204)
  t.is(response.headers.get('access-control-allow-origin'), 'https://inspector.example.org')
  t.is(response.headers.get('access-control-allow-headers'), 'mcp-protocol-version')
  t.is(response.headers.get('access-control-allow-credentials'), null)
})

test('only the health probes and the metadata answer outside the base path', async t => {
  for (const path of [
    '/',
    '/.well-known/openid-configuration',
    '/.well-known/oauth-authorization-server',
    '/jwks',
    '/auth',
    '/assets/gatehouse.css',
    '/assets/passkeys.js',
    '/setup/x',
  ]) {
    for (const outside of [path, `/ID${path}`, `/idx${path}`, `/id2${path}`, `/x/id${path}`, `//id${path}`])
      t.is((await fetch(root + outside, { redirect: 'manual' })).status, 404, outside)
  }
  for (const path of ['/id', '/id/', '/id/healthz', '/id/readyz']) t.is((await fetch(root + path)).status, 200, path)
  for (const probe of ['/healthz', '/readyz']) t.is((await fetch(root + probe)).status, 200, probe)
  t.is((await fetch(`${root}/healthz/x`)).status, 404)
  for (const path of ['/.well-known/jwks/id', '/.well-known/openid-configuration/id/x', '/.well-known/x/id'])
    t.is((await fetch(root + path)).status, 404, path)
})

test('an application signs a person in, refreshes and signs out below the base path', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const visited: string[] = []
  const browser = new Browser(url)
  const send = browser.fetch.bind(browser)
  browser.fetch = async (address, init) => {
    const response = await send(address, init)
    visited.push(new URL(address, root).pathname, response.headers.get('location') ?? '/id/')
    return response
  }
  const { tokens } = await rp.signIn(ada, { scope: 'openid email offline_access', prompt: 'consent' }, browser)
  t.is(tokens.claims()?.iss, url)
  t.like(await rp.userinfo(tokens.access_token, ada.id), { email: ada.email })
  t.truthy((await rp.refresh(tokens.refresh_token!)).access_token)
  t.truthy((await rp.signIn(ada, { scope: 'openid email', prompt: 'none' }, browser)).tokens.access_token)

  await browser.open(`${url}/session/end`)
  for (const address of addresses(browser)) t.true(address.startsWith('/id/') || address.startsWith(url), address)
  await browser.submit({ logout: 'yes' })
  t.is(browser.heading, 'You are signed out')
  for (const address of visited)
    t.true(/^(\/id\/|https:\/\/app\.example\.org\/)/.test(address.replace(root, '')), address)
})

test('cookies are limited to the pages that need them, below the base path', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const browser = await new Browser(url).open((await rp.begin()).url.href)
  const paths = new Map([...browser.cookies.values()].map(({ name, path }) => [name, path]))
  t.regex(paths.get('gatehouse_interaction') ?? '', /^\/id\/interaction\/[\w-]+$/)
  t.regex(paths.get('gatehouse_resume') ?? '', /^\/id\/auth\/[\w-]+$/)
})

test('every page uses only addresses below the base path, and its style sheets load', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse)
  const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
  const setup = await app.scope(() => app.setup.link())
  const signIn = await new Browser(url).open((await rp.begin()).url.href)
  const register = await (await new Browser(url).open((await rp.begin()).url.href)).follow('Create an account')
  const pages: Browser[] = [signIn, register]
  for (const path of ['/', `/reset-password/${token}`, `/setup/${setup}`, '/session/end/success', '/nothing'])
    pages.push(await new Browser(url).open(url + path))
  for (const page of pages) {
    for (const address of addresses(page)) t.true(address.startsWith('/id/'), `${page.heading}: ${address}`)
    for (const style of page.document.querySelectorAll('link[href]'))
      t.is((await fetch(root + style.getAttribute('href'))).status, 200, String(style))
  }
  const recovering = pages[3]!
  await recovering.submit({ password: 'another rare and long one' })
  t.is(recovering.heading, 'Your password is changed')
})

test('a posted request is repeated below the base path', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const begun = await rp.begin()
  const answer = await fetch(`${url}/auth`, { method: 'POST', redirect: 'manual', body: begun.url.searchParams })
  t.true(answer.headers.get('location')?.startsWith('/id/auth?post_id='))
  const browser = await new Browser(url).open(new URL(answer.headers.get('location') ?? '', url).href)
  t.is(browser.heading, 'Sign in')
  t.is((await fetch(`${root}/auth`, { method: 'POST', body: begun.url.searchParams })).status, 404)
})

test('an administrator acts as a person, and back, below the base path', async t => {
  const [olga, ana] = [await makeAdministrator(gatehouse), await makePerson(gatehouse, { name: 'Ana' })]
  const link = await impersonationLink(gatehouse, olga, ana)
  const browser = new Browser(url)
  await signInAs(await browser.open(url + link), olga)
  t.is(browser.heading, 'Act as Ana?')
  await browser.submit({}, { action: link })
  t.is(browser.page.url, `${url}/account`)
  for (const address of addresses(browser)) t.true(address.startsWith('/id/'), address)
  await browser.submit({}, { action: '/impersonation/end' })
  t.is(browser.page.url, `${url}/impersonation/ended`)
  t.true(browser.text.includes(olga.email))
})
