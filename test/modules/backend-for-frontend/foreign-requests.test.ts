import test from 'ava'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { BrowserApplication, jsonOf } from './application.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

/** Requests that change something: the routes of the module, those of the application, and those that are forwarded. */
const CHANGES = [
  ['POST', '/auth/refresh'],
  ['POST', '/auth/sign-out'],
  ...['POST', 'PUT', 'PATCH', 'DELETE'].flatMap(
    method =>
      [
        [method, '/'],
        [method, '/api/orders'],
      ] as const,
  ),
] as const
const form = { 'content-type': 'application/x-www-form-urlencoded' }

const FOREIGN: [string, (url: string) => Record<string, string>][] = [
  ['from another site', () => ({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })],
  ['from a subdomain', () => ({ 'sec-fetch-site': 'same-site' })],
  ['from no page', () => ({ 'sec-fetch-site': 'none' })],
  ['from both at once', () => ({ 'sec-fetch-site': 'same-origin, cross-site' })],
  ['from another site that names the right origin', url => ({ 'sec-fetch-site': 'cross-site', origin: url })],
  ['of an older browser from another site', () => ({ origin: 'https://evil.example', 'content-type': 'text/plain' })],
  ['of an older browser from a sandbox', () => ({ origin: 'null' })],
  ['of an older browser from another port', url => ({ origin: url.replace(/\d+$/, '1') })],
  ['that says nothing', () => ({ referer: 'https://evil.example/', ...form })],
]
for (const [what, headers] of FOREIGN) {
  test(`S-04: a request ${what} changes nothing, and the answer says what to do`, async t => {
    const app = await BrowserApplication.start(t, gatehouse)
    const browser = app.browser({})
    await app.signIn(await makePerson(gatehouse), { browser })
    for (const [method, path] of CHANGES) {
      const answer = await browser.fetch(path, { method, headers: headers(app.url) })
      t.is(answer.status, 403, `${method} ${path}`)
      const { error, message } = await jsonOf(answer)
      t.is(error, 'foreign_request')
      t.regex(String(message), new RegExp(`only accepted from pages of ${app.url}`))
      t.is(answer.headers.get('cache-control'), 'no-store')
    }
    t.deepEqual(app.api.calls, [])
    t.is((await browser.fetch('/auth/me')).status, 200, 'still signed in')
  })
}

test('S-04: without a session there is nothing to protect in the application, but the routes and the API stay closed', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = app.browser({ 'sec-fetch-site': 'cross-site' })
  t.is(await (await browser.fetch('/', { method: 'POST' })).text(), 'nobody')
  for (const path of ['/auth/refresh', '/auth/sign-out', '/api/orders'])
    t.is((await browser.fetch(path, { method: 'POST' })).status, 403)
})

const OWN: [string, (url: string) => Record<string, string>][] = [
  ['a page of the application', () => ({ 'sec-fetch-site': 'same-origin' })],
  ['one that hides its origin', () => ({ 'sec-fetch-site': 'same-origin', origin: 'null' })],
  ['one in an older browser', url => ({ origin: url })],
]
for (const [what, headers] of OWN) {
  test(`${what} can change things`, async t => {
    const app = await BrowserApplication.start(t, gatehouse)
    const browser = app.browser({})
    await app.signIn(await makePerson(gatehouse), { browser })
    for (const [method, path] of CHANGES.filter(([, path]) => path !== '/auth/sign-out'))
      t.is((await browser.fetch(path, { method, headers: headers(app.url) })).status, 200, `${method} ${path}`)
    t.is((await browser.fetch('/auth/sign-out', { method: 'POST', headers: headers(app.url) })).status, 303)
  })
}

test('S-04: routes that change something have one method, and a link from elsewhere can be opened', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const browser = app.browser()
  await app.signIn(await makePerson(gatehouse), { browser })
  for (const path of ['/auth/refresh', '/auth/sign-out', '/auth/back-channel-logout'])
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
      const answer = await browser.fetch(path, { method })
      t.is(answer.status, 405, `${method} ${path}`)
      t.is(answer.headers.get('allow'), 'POST')
    }
  for (const path of ['/auth/sign-in', '/auth/callback', '/auth/end-session', '/auth/me'])
    t.is((await browser.fetch(path, { method: 'POST' })).status, 405, path)
  t.is((await browser.fetch('/', { headers: { 'sec-fetch-site': 'cross-site' } })).status, 200)
  t.is((await browser.fetch('/api/orders', { headers: { 'sec-fetch-site': 'none' } })).status, 200)
  for (const origin of ['https://evil.example', app.url, 'null']) {
    const answer = await browser.fetch('/auth/me', { headers: { origin } })
    t.is(answer.headers.get('access-control-allow-origin'), null, 'X-05: no other origin can read it')
    t.is(answer.headers.get('cross-origin-resource-policy'), 'same-origin')
  }
})
