import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import test from 'ava'
import fc from 'fast-check'
import { browserSessions, MemoryStore } from 'gatehouse/backend-for-frontend'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { exchangeRaw } from '../../support/raw-http.ts'
import { BrowserApplication, cookiesOf, jsonOf } from './application.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

test('the API gets the request with the token, without cookies, hop-by-hop headers, or what only a proxy may say', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = await app.signIn(ada)
  const sent = {
    cookie: `${cookiesOf(browser)}; other=1`,
    authorization: 'Bearer forged',
    connection: 'keep-alive, x-secret-hop',
    'x-secret-hop': '1',
    'x-forwarded-for': '1.2.3.4',
    'X-Forwarded-Host': 'evil.example',
    forwarded: 'for=1.2.3.4',
    x_forwarded_for: '1.2.3.4',
    te: 'trailers',
    'proxy-authorization': 'Basic eDp5',
    'sec-fetch-site': 'same-origin',
    referer: `${app.url}/secret-page`,
    origin: app.url,
    'accept-language': 'ru',
    'x-request-id': 'seven',
    'content-type': 'application/json',
  }
  const outgoing = httpRequest(`${app.url}/api/a/b?c=d`, { method: 'PUT', headers: sent }).end('{"e":1}')
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  t.is(answer.statusCode, 200)
  answer.resume()
  const { headers, url, method, body, claims } = app.api.last
  t.deepEqual({ url, method, body }, { url: '/a/b?c=d', method: 'PUT', body: '{"e":1}' })
  t.is(claims.sub, ada.id)
  const { authorization, ...rest } = headers
  t.regex(authorization ?? '', /^Bearer eyJ/)
  t.deepEqual(rest, {
    host: new URL(app.api.url).host,
    connection: 'keep-alive',
    'accept-language': 'ru',
    'x-request-id': 'seven',
    'content-type': 'application/json',
    'content-length': '7',
  })
})

test('the browser gets the answer without cookies and other powers over the origin; no redirect is followed', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = await app.signIn(await makePerson(gatehouse))
  let target = ''
  app.api.answer = (_req, res) =>
    res
      .writeHead(302, {
        ...{ location: target, 'set-cookie': ['a=b', '__Host-session=x'], 'access-control-allow-origin': '*' },
        ...{ 'strict-transport-security': 'max-age=1', 'clear-site-data': '"*"', 'service-worker-allowed': '/' },
        ...{ 'content-type': 'text/html', 'x-total': '7', 'cache-control': 'public, max-age=60', vary: 'Accept' },
        ...{ connection: 'x-hop', 'x-hop': '1', 'content-security-policy': 'script-src *' },
      })
      .end('<script>alert(1)</script>')
  for (const [location, here] of [
    [`${app.api.url}/orders/7?x=1`, '/api/orders/7?x=1'],
    ['/orders/8', '/api/orders/8'],
    ['https://evil.example/', 'https://evil.example/'],
  ] as const) {
    target = location
    const answer = await browser.fetch('/api/orders', { method: 'POST' })
    t.is(answer.status, 302)
    t.is(answer.headers.get('location'), here)
    t.is(await answer.text(), '<script>alert(1)</script>')
    const unwanted = [
      'set-cookie',
      'access-control-allow-origin',
      'strict-transport-security',
      'clear-site-data',
      'x-hop',
    ]
    for (const name of [...unwanted, 'service-worker-allowed']) t.is(answer.headers.get(name), null, name)
    t.is(answer.headers.get('x-total'), '7')
    t.is(answer.headers.get('cache-control'), 'no-store')
    t.is(answer.headers.get('vary'), 'Accept, Cookie')
    t.regex(answer.headers.get('content-security-policy') ?? '', /^default-src 'none'.*sandbox$/)
    t.is(answer.headers.get('x-content-type-options'), 'nosniff')
  }
  app.api.answer = (_req, res) => res.writeHead(200, { 'cache-control': 'private, max-age=60' }).end()
  t.is((await browser.fetch('/api/x')).headers.get('cache-control'), 'private, max-age=60')
})

const OUT = [
  ...['/api/../auth/me', '/api/..', '/api/x/../../y', '/api/./x', '/api/%2e%2e/x', '/api/%2E./x', '/api/..%2fx'],
  ...[
    '/api/..%5cx',
    '/api/..\\x',
    '/api/%252e%252e/x',
    '/api/%25252e%2e/x',
    '/api/..;/x',
    '/api/..%3b/x',
    '/api/x%2f../y',
  ],
]
const BESIDE = ['/apix', '/api.evil.example/', '/API/x', '//api/x', 'http://evil.example/api/x', '/x/api/y']

test('a path leads to the API only below its prefix, without a way out', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = await app.signIn(await makePerson(gatehouse))
  const get = (path: string) =>
    exchangeRaw(
      app.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: ${cookiesOf(browser)}\r\nConnection: close\r\n\r\n`,
    )
  for (const path of OUT) t.is((await get(path)).status, 400, path)
  for (const path of BESIDE) t.is((await get(path)).body, 'Ada GET', path)
  t.deepEqual(app.api.calls, [])
  const within = { '/api': '/', '/api/': '/', '/api?x=..': '/?x=..', '/api/a%2Fb/...': '/a%2Fb/...', '/api//x': '//x' }
  for (const [path, at] of Object.entries(within)) {
    t.is((await get(path)).status, 200, path)
    t.is(app.api.last.url, at)
  }
})

test('no path leads to another part of the server that the API is on', async t => {
  const app = await BrowserApplication.start(t, gatehouse, {
    serve: (settings, { url }) => {
      const forward = browserSessions(settings).forward('/api', `${url}/v1`)
      const { middleware } = browserSessions(settings)
      return (req, res) => middleware(req, res, () => forward(req, res, () => res.end('own')))
    },
    options: { store: new MemoryStore(), secret: 'one secret for both of these, of 32 characters' },
  })
  const browser = await app.signIn(await makePerson(gatehouse))
  const parts = [
    '/',
    '..',
    '.',
    '%2e',
    '%2E%2e',
    '%252e',
    '%2f',
    '%5c',
    '\\',
    ';',
    '%3b',
    '%25',
    'a',
    '?',
    '#',
    '@',
    ':',
  ]
  const path = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map(found => `/api${found.join('')}`)
  await fc.assert(
    fc.asyncProperty(path, async requested => {
      app.api.calls.length = 0
      const cookie = `Cookie: ${cookiesOf(browser)}`
      await exchangeRaw(app.url, `GET ${requested} HTTP/1.1\r\nHost: x\r\n${cookie}\r\nConnection: close\r\n\r\n`)
      let [seen = '/v1'] = (app.api.calls[0]?.url ?? '/v1').split('?')
      for (let i = 0; i < 4; i++) seen = seen.replace(/%[0-9a-f]{2}/gi, code => decodeURIComponent(code))
      t.regex(new URL(seen.replaceAll(';', ''), 'http://api').pathname, /^\/v1(\/|$)/, requested)
    }),
    { numRuns: 300 },
  )
})

test('a target can have a path of its own; what cannot be a path or a target is refused at the start', t => {
  const sessions = browserSessions({
    ...{ issuer: 'https://id.example.com', clientId: 'a', clientSecret: 'b', url: 'https://app.example.com' },
  })
  for (const path of ['api', '/api/', '/', '', '/a/../b', '/a b'])
    t.throws(() => sessions.forward(path, 'https://api.example.com'), {
      message: /^forward: the path must be one such as/,
    })
  for (const target of [
    'http://api.example.com',
    'ftp://api.example.com',
    'api.example.com',
    'https://a:b@api.example.com',
  ])
    t.throws(() => sessions.forward('/api', target), { message: /^forward: the target must be an https address/ })
  t.notThrows(() => sessions.forward('/api/v1', 'https://api.example.com/v1/'))
})

test('N-02: a request that is too large is refused, whether or not it says so', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = await app.signIn(await makePerson(gatehouse))
  const large = 'x'.repeat(11 * 1024 * 1024)
  const said = await browser.fetch('/api/x', { method: 'POST', body: large })
  t.is(said.status, 413)
  t.like(await jsonOf(said), { error: 'too_large' })
  t.deepEqual(app.api.calls, [])

  const headers = { cookie: cookiesOf(browser), 'sec-fetch-site': 'same-origin' }
  const outgoing = httpRequest(`${app.url}/api/x`, { method: 'POST', headers })
  outgoing.on('error', () => {})
  for (let i = 0; i < 11; i++) outgoing.write(large.slice(0, 1024 * 1024))
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
  t.is(answer.statusCode, 413)
  outgoing.destroy()
  t.deepEqual(app.api.calls, [])
})

test('if the API or the browser breaks off, the other side is closed too', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = await app.signIn(await makePerson(gatehouse))
  app.api.answer = req => req.socket.destroy()
  const broken = await browser.fetch('/api/x')
  t.is(broken.status, 502)
  t.regex(app.logged.at(-1) ?? '', /^\/api: the API at localhost:\d+ did not answer: /)
  app.api.answer = (req, res) => {
    res.writeHead(200, { 'content-length': '100' }).write('half')
    setImmediate(() => req.socket.destroy())
  }
  await t.throwsAsync(async () => (await browser.fetch('/api/x')).text())

  const left = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  app.api.answer = (_req, res) => {
    res.once('close', () => left.resolve())
    arrived.resolve()
  }
  const controller = new AbortController()
  const request = browser.fetch('/api/x', { signal: controller.signal })
  await arrived.promise
  controller.abort()
  await t.throwsAsync(request)
  await left.promise
  t.is((await browser.fetch('/auth/me')).status, 200)
})

test('a connection that the API has just closed is tried again, unless the request may have had an effect', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = await app.signIn(await makePerson(gatehouse))
  for (const [method, status] of [
    ['GET', 200],
    ['DELETE', 200],
    ['POST', 502],
  ] as const) {
    app.api.answer = undefined
    await (await browser.fetch('/api/x')).text()
    app.api.answer = req => {
      app.api.answer = undefined
      req.socket.destroy()
    }
    t.is((await browser.fetch('/api/x', { method })).status, status, method)
  }
})

test('without a session the API is not asked', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const answer = await app.browser().fetch('/api/x')
  t.is(answer.status, 401)
  t.like(await jsonOf(answer), { error: 'not_signed_in', signIn: '/auth/sign-in' })
  t.deepEqual(app.api.calls, [])
})
