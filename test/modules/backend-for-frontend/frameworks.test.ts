import test from 'ava'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { BrowserApplication, jsonOf } from './application.ts'
import { FRAMEWORKS } from './frameworks.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

for (const [name, serve] of Object.entries(FRAMEWORKS)) {
  test(`${name}: signs in, forwards with the token, streams, refuses foreign requests, and signs out`, async t => {
    const app = await BrowserApplication.start(t, gatehouse, { serve })
    const ada = await makePerson(gatehouse)
    const browser = app.browser()
    t.is((await browser.open('/')).page.html, 'nobody GET')
    await app.signIn(ada, { browser })
    t.is(browser.page.html, 'Ada GET')
    t.like(await jsonOf(await browser.fetch('/auth/me')), { sub: ada.id, name: 'Ada' })
    t.is((await browser.fetch('/', { method: 'POST' })).status, 200)
    const foreign = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } }
    for (const path of ['/', '/auth/refresh', '/auth/sign-out', '/api/orders'])
      t.is((await browser.fetch(path, foreign)).status, 403, path)

    const json = { 'content-type': 'application/json' }
    const body = JSON.stringify({ text: 'ä'.repeat(200_000) })
    const posted = await browser.fetch('/api/orders?a=%20b', { method: 'POST', body, headers: json })
    t.deepEqual(await jsonOf(posted), { sub: ada.id, url: '/orders?a=%20b', length: body.length })
    t.is(posted.headers.get('content-type'), 'application/json')
    t.is(app.api.last.headers.cookie, undefined)
    app.api.answer = (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/plain' })
      for (let i = 0; i < 100; i++) res.write('x'.repeat(10_000))
      res.end()
    }
    const stream = await browser.fetch('/api/stream')
    t.is(stream.headers.get('content-type'), 'text/plain')
    t.is((await stream.text()).length, 1_000_000)
    app.api.answer = (_req, res) => res.writeHead(204).end()
    t.is((await browser.fetch('/api/orders', { method: 'DELETE' })).status, 204)

    t.is((await browser.fetch('/auth/refresh', { method: 'POST' })).status, 200)
    t.is((await browser.fetch('/auth/sign-out')).status, 405)
    t.deepEqual(await jsonOf(await browser.fetch('/auth/sign-out', { method: 'POST', headers: { accept: '*/*' } })), {
      location: '/auth/end-session',
    })
    t.is((await browser.open('/')).page.html, 'nobody GET')
    t.is((await browser.fetch('/api/orders')).status, 401)
    const logout = new URLSearchParams({ logout_token: 'none' })
    t.is((await fetch(`${app.url}/auth/back-channel-logout`, { method: 'POST', body: logout })).status, 400)
    t.is((await fetch(`${app.url}/auth/other`)).status, 404)
  })
}
