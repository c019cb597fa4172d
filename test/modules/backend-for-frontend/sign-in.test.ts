import test from 'ava'
import { decodeJwt } from 'jose'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { BrowserApplication, jsonOf, serveOn } from './application.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

test('a person signs in, comes back to the page they wanted, and the API gets a token that the browser never sees', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse, { roles: ['admin'] })
  const browser = app.browser()
  const before = await browser.fetch('/auth/me')
  t.is(before.status, 401)
  t.like(await jsonOf(before), { error: 'not_signed_in', signIn: '/auth/sign-in' })

  await app.signIn(ada, { browser, to: '/orders?page=2#last' })
  t.is(browser.page.url, `${app.url}/orders?page=2#last`)
  t.is(browser.page.html, 'Ada GET')
  const me = await browser.fetch('/auth/me')
  t.is(me.headers.get('cache-control'), 'no-store')
  const { expires, roles, ...rest } = await jsonOf(me)
  t.deepEqual(rest, { sub: ada.id, name: 'Ada', email: ada.email })
  t.true((roles as string[]).includes('admin'))
  t.true(Date.parse(String(expires)) > Date.now() + 7 * 3600_000)

  const orders = await browser.fetch('/api/orders?page=2')
  t.deepEqual(await jsonOf(orders), { sub: ada.id, url: '/orders?page=2', length: 0 })
  t.is(app.api.last.claims.client_id, app.clientId)
})

test('the authorization request has PKCE with S256, a state and a nonce, different each time', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const requests = []
  for (const query of ['?login_hint=ada@example.org&response_type=token&redirect_uri=https://evil.example', '']) {
    const browser = await app.browser().open(`/auth/sign-in${query}`)
    requests.push(Object.fromEntries(new URL(browser.page.url).searchParams))
  }
  const [first, second] = requests
  t.like(first, {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: `${app.url}/auth/callback`,
    code_challenge_method: 'S256',
    resource: app.api.resource,
    login_hint: 'ada@example.org',
  })
  for (const name of ['state', 'nonce', 'code_challenge']) {
    t.is(first?.[name]?.length, 43, name)
    t.not(first?.[name], second?.[name], name)
  }
})

const ELSEWHERE = [
  ...[
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
  ],
  ...[
    '/a/..//evil.example',
    'javascript:alert(1)',
    'evil.example',
    ' /x',
    '/x\r\nSet-Cookie: a=b',
    '/\u0000',
    '///evil.example',
  ],
  ...['/auth/sign-in', '/auth', `/${'x'.repeat(2000)}`, '@evil.example', '/x\\..\\y', ''],
]

test('R-03: the way back is a path of the application; everything else is its home page', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const provider = new Browser(gatehouse.url)
  for (const to of ELSEWHERE) {
    const browser = await app.signIn(ada, { to, provider })
    t.is(browser.page.url, `${app.url}/`, JSON.stringify(to))
    t.is(browser.page.html, 'Ada GET')
  }
  const browser = await app.signIn(ada, { to: '/заказы?q=ä', provider })
  t.is(browser.page.url, `${app.url}/%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7%D1%8B?q=%C3%A4`)
})

test('sign-ins in several tabs work, also one after the other has finished, and old ones make room', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const [browser, provider] = [app.browser(), new Browser(gatehouse.url)]
  const tabs = []
  for (let i = 0; i < 8; i++) tabs.push((await browser.open(`${app.url}/auth/sign-in?to=/tab-${i}`)).page)
  t.is(browser.cookies.size, 5, 'of eight tabs, five are remembered')
  const returned = []
  for (const tab of tabs) returned.push(await app.atProvider(tab, ada, provider))
  for (const i of [7, 4, 5]) t.is((await browser.open(returned[i]!)).page.url, `${app.url}/tab-${i}`)

  await browser.open(returned[0]!)
  t.is(browser.page.url, `${app.url}/`, 'a forgotten one leads home, where someone is signed in')
  t.is(browser.page.html, 'Ada GET')
})

test('S-03: an answer to a sign-in that another browser started is refused, with a way to sign in', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const mallory = await makePerson(gatehouse, { name: 'Mallory' })
  const attacker = await app.browser().open('/auth/sign-in')
  const returned = await app.atProvider(attacker.page, mallory)
  const victim = app.browser()
  await victim.open(returned)
  t.is(victim.page.status, 400)
  t.is(victim.heading, 'This sign-in has expired')
  t.is(victim.document.querySelector('a')?.getAttribute('href'), '/auth/sign-in?to=%2F')
  t.is(victim.cookies.size, 0)

  await victim.open('/auth/sign-in')
  await victim.open(returned)
  t.is(victim.page.status, 400, 'a sign-in of its own does not help')
  t.is((await victim.fetch('/auth/me')).status, 401)
})

test('a sign-in that takes more than an hour has to be started again', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = await app.browser().open('/auth/sign-in')
  const returned = await app.atProvider(browser.page, ada)
  app.clock.advance(3601)
  await browser.open(returned)
  t.is(browser.heading, 'This sign-in has expired')
})

test('S-01: a new session ID at each sign-in; the one before is of no use, even for a thief', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Grace' })]
  const browser = await app.signIn(ada)
  const thief = browser.copy()
  const idOf = (of: Browser) => [...of.cookies.values()].find(({ name }) => name.startsWith('__Host-session-'))?.value
  const first = idOf(browser)
  t.is(first?.length, 43)
  await app.signIn(grace, { browser })
  t.not(idOf(browser), first)
  t.is((await browser.open('/')).page.html, 'Grace GET')
  t.is((await thief.open('/')).page.html, 'nobody')

  const planted = app.browser()
  const name = [...browser.cookies.values()].find(cookie => cookie.name.startsWith('__Host-session-'))!.name
  planted.cookies.set(`/ ${name}`, { name, value: 'planted'.repeat(6), path: '/', expires: Number.POSITIVE_INFINITY })
  await app.signIn(ada, { browser: planted })
  t.not(idOf(planted), 'planted'.repeat(6))
})

test('S-05: cookies are __Host-, Secure, HttpOnly and SameSite=Lax, carry no token, and a changed one counts as none', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = app.browser()
  const set: string[] = []
  const started = await browser.fetch('/auth/sign-in')
  set.push(...started.headers.getSetCookie())
  const returned = await app.atProvider({ ...browser.page, url: started.headers.get('location')! }, ada)
  set.push(...(await browser.fetch(returned)).headers.getSetCookie())
  const copy = browser.copy()
  set.push(...(await browser.fetch('/auth/sign-out', { method: 'POST' })).headers.getSetCookie())
  t.true(set.length >= 5)
  for (const line of set) {
    t.regex(line, /^__Host-[\w-]+=[\w-]*; Path=\/; HttpOnly; SameSite=Lax; Secure(;|$)/)
    t.notRegex(line, /domain/i)
    t.notRegex(line, /eyJ/)
  }
  for (const cookie of copy.cookies.values()) cookie.value = `A${cookie.value.slice(1, -1)}A`
  t.is((await copy.fetch('/auth/me')).status, 401)
})

test('for Safari on http://localhost the cookies can do without Secure', async t => {
  const app = await BrowserApplication.start(t, gatehouse, { options: { insecureLocalhost: true } })
  const browser = await app.signIn(await makePerson(gatehouse))
  t.is(browser.page.html, 'Ada GET')
  t.deepEqual(
    [...browser.cookies.values()].map(({ name }) => name.replace(/-.*/, '')),
    ['session'],
  )
})

test('the ID token is for this application and this sign-in, and stays on the server with the other tokens', async t => {
  const seen: string[] = []
  const app = await BrowserApplication.start(t, gatehouse, {
    serve: serveOn(sessions => async (req, res) => {
      const session = await sessions.of(req)
      seen.push((await session?.accessToken()) ?? '')
      t.is(session?.claims.aud, app.clientId)
      res.end('seen')
    }),
  })
  const ada = await makePerson(gatehouse)
  await app.signIn(ada)
  t.like(decodeJwt(seen[0]!), { sub: ada.id, aud: app.api.resource, scope: app.api.scope })
})
