import test from 'ava'
import { parse } from 'node-html-parser'
import { operator } from '../../src/base/actor.ts'
import { Browser, leadsTo } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

/** The list of sources of a directive of the Content-Security-Policy. */
function directive(headers: Headers, name: string): string[] | undefined {
  const directives = (headers.get('content-security-policy') ?? '').split(';').map(each => each.trim().split(/\s+/))
  return directives.find(([first]) => first === name)?.slice(1)
}

/** Every page that a person can see, by name, including error pages. */
async function everyPage(): Promise<Map<string, Browser>> {
  const { app, url } = gatehouse
  const rp = await RelyingParty.register(gatehouse, { logoUri: 'https://app.example.org/logo.png' })
  const ada = await makePerson(gatehouse)
  const pages = new Map<string, Browser>()
  const at = async (name: string, address: string, browser = new Browser(url)) =>
    pages.set(name, await browser.open(address))

  await at('home', `${url}/`)
  await at('sign-in', (await rp.begin()).url.href)
  const registering = await at('register', (await rp.begin()).url.href)
  await registering.get('register')!.follow('Create an account')
  const wrong = new Browser(url)
  await wrong.open((await rp.begin()).url.href)
  pages.set('sign-in refused', await wrong.submit({ email: ada.email, password: 'wrong' }))
  const consenting = new Browser(url)
  await consenting.open((await rp.begin()).url.href)
  pages.set('consent', await consenting.submit({ email: ada.email, password: ada.password }))

  await at('sign-out', `${url}/session/end`, (await rp.signIn(ada)).browser)
  const leaving = (await rp.signIn(ada)).browser
  await leaving.open(`${gatehouse.url}/session/end`)
  pages.set('signed out', await leaving.submit({ logout: 'yes' }))
  await at('not found', '/nothing/here')
  await at('unknown client', (await rp.begin({ client_id: 'nobody' })).url.href)
  await at('expired interaction', '/interaction/gone')
  await at('setup', `/setup/${await app.scope(() => app.setup.link())}`)
  await at('dead link', '/reset-password/gone')
  const { token } = await app.scope(() => app.passwordReset.link(ada.email, { by: operator }))
  await at('reset-password', `/reset-password/${token}`)
  return pages
}

test('R-11, R-12: no page sends a referrer, is cached, is framed, or loads anything from another origin', async t => {
  for (const [name, { page, document }] of await everyPage()) {
    const header = (wanted: string) => page.headers.get(wanted)
    t.truthy(document.querySelector('h1'), name)
    t.is(header('referrer-policy'), 'same-origin', name)
    t.is(header('cache-control'), 'no-store', name)
    t.is(header('x-frame-options'), 'DENY', name)
    t.is(header('x-content-type-options'), 'nosniff', name)
    t.is(header('cross-origin-resource-policy'), 'same-origin', name)
    t.is(header('content-type'), 'text/html; charset=utf-8', name)
    t.deepEqual(directive(page.headers, 'frame-ancestors'), ["'none'"], name)
    t.deepEqual(directive(page.headers, 'default-src'), ["'none'"], name)
    const scripted = document.querySelector('script') !== null
    t.deepEqual(directive(page.headers, 'script-src'), [scripted ? "'self'" : "'none'"], name)
    t.deepEqual(directive(page.headers, 'connect-src'), [scripted ? "'self'" : "'none'"], name)
    t.is(header('permissions-policy')?.includes('publickey-credentials-get=(self)'), scripted, name)
    t.deepEqual(directive(page.headers, 'style-src'), ["'self'"], name)
    t.deepEqual(directive(page.headers, 'base-uri'), ["'none'"], name)
    t.notRegex(header('content-security-policy') ?? '', /unsafe|\*/, name)
    t.is(header('x-powered-by'), null)
    t.is(header('server'), null)
    t.is(header('access-control-allow-origin'), null, name)
    const loaded = document.querySelectorAll('link[href], script[src], iframe, object, embed')
    for (const each of loaded)
      t.regex(each.getAttribute('href') ?? each.getAttribute('src') ?? '', /^\/assets\//, `${name}: ${each}`)
    for (const image of document.querySelectorAll('img'))
      if (!image.getAttribute('src')?.startsWith('/assets/')) t.is(image.getAttribute('referrerpolicy'), 'no-referrer')
  }
})

test('R-09: after every form the browser is redirected to a GET request without any value of the form', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = new Browser(gatehouse.url)
  const hops: string[] = []
  const plain = browser.fetch.bind(browser)
  browser.fetch = async (url, init) => {
    const response = await plain(url, init)
    const redirected = response.headers.get('location')
    if (redirected) t.is(response.status, 303)
    const location = redirected ?? leadsTo(await response.clone().text())
    if (location) hops.push(location)
    return response
  }
  await rp.visit(await rp.begin(), ada, browser)
  await browser.open(`${gatehouse.url}/session/end`)
  await browser.submit({ logout: 'yes' })
  t.true(hops.length >= 6)
  for (const location of hops)
    t.false(location.includes(encodeURIComponent(ada.email)) || location.includes('password'))
})

test('R-13: a form_post response is escaped, runs only its own script and posts only to the application', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const state = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`
  const { browser } = await rp.signIn(ada)
  const requests: Record<string, string>[] = [{}, { prompt: 'none' }, { prompt: 'none', max_age: '0' }]
  for (const parameters of requests) {
    const begun = await rp.begin({ response_mode: 'form_post', state, ...parameters })
    const { page, document } = await browser.open(begun.url.href)

    const form = document.querySelector('form')!
    t.is(form.getAttribute('action'), CALLBACK)
    t.is(form.querySelector('[name="state"]')?.getAttribute('value'), state)
    t.is(document.querySelectorAll('script').length, 1)
    t.is(document.querySelectorAll('img').length, 0)
    const scripts = directive(page.headers, 'script-src')!
    const script = parse(page.html).querySelector('script')!.innerHTML
    t.deepEqual(scripts, [`'sha256-${await sha256(script)}'`])
    t.deepEqual(
      directive(page.headers, 'form-action'),
      ['https://app.example.org', 'https:'],
      'the redirect URI may redirect to any https address',
    )
    t.deepEqual(directive(page.headers, 'frame-ancestors'), ["'none'"])
    t.is(page.headers.get('cache-control'), 'no-store')
  }
})

test('R-13: no form can be sent to an unregistered redirect URI', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { url } = await rp.begin({ response_mode: 'form_post', redirect_uri: 'https://evil.test/cb' })
  const { page } = await new Browser(gatehouse.url).open(url.href)
  t.is(page.status, 400)
  t.deepEqual(directive(page.headers, 'form-action'), ["'self'"])
})

test('Q-02: forms are sent to our origin; for a native application also to its URI scheme', async t => {
  const web = await RelyingParty.register(gatehouse)
  const sent = await new Browser(gatehouse.url).open((await web.begin()).url.href)
  t.deepEqual(directive(sent.page.headers, 'form-action'), ["'self'"])

  const [redirectUri, afterwards] = ['com.example.app:/callback', 'com.example.app:/bye']
  const native = await RelyingParty.register(gatehouse, {
    profile: 'native',
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [afterwards],
  })
  const ada = await makePerson(gatehouse)
  const browser = await new Browser(gatehouse.url).open((await native.begin({ redirect_uri: redirectUri })).url.href)
  t.deepEqual(directive(browser.page.headers, 'form-action'), ["'self'", 'com.example.app:'])
  await browser.submit({ email: ada.email, password: ada.password })
  t.deepEqual(directive(browser.page.headers, 'form-action'), ["'self'", 'com.example.app:'])
  await browser.submit({ decision: 'allow' })
  t.true(browser.page.url.startsWith(`${redirectUri}?code=`), 'the browser is redirected to the application')

  const leave = (parameters: Record<string, string>) => `/session/end?${new URLSearchParams(parameters)}`
  await browser.open(gatehouse.url + leave({ client_id: native.id, post_logout_redirect_uri: afterwards }))
  t.deepEqual(directive(browser.page.headers, 'form-action'), ["'self'", 'com.example.app:'])
})

test('F-24: no unregistered address is added to the policy of a sign-out page', async t => {
  const { browser } = await (await RelyingParty.register(gatehouse)).signIn(await makePerson(gatehouse))
  for (const each of [browser, new Browser(gatehouse.url)])
    for (const evil of ['https://evil.test/bye', 'com.evil.app:/bye', 'javascript:alert(1)', 'x; script-src *:/']) {
      await each.open(`${gatehouse.url}/session/end?${new URLSearchParams({ post_logout_redirect_uri: evil })}`)
      t.is(each.page.status, 200)
      t.deepEqual(directive(each.page.headers, 'form-action'), ["'self'"], evil)
    }
})

test('Q-03: no page of a sign-in isolates a popup from its opener; the account pages are isolated', async t => {
  const opener = 'cross-origin-opener-policy'
  for (const [name, { page }] of await everyPage()) t.is(page.headers.get(opener), null, name)
  const { browser } = await (await RelyingParty.register(gatehouse)).signIn(await makePerson(gatehouse))
  for (const path of ['/account', '/account/security', '/account/nothing'])
    t.is((await browser.fetch(gatehouse.url + path)).headers.get(opener), 'same-origin', path)
})

async function sha256(text: string): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(text))).toString('base64')
}
