import test from 'ava'
import type { JWTPayload } from 'jose'
import { operator } from '../../../src/base/actor.ts'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { waitFor } from '../../support/wait-for.ts'
import { BrowserApplication, jsonOf, navigated } from './application.ts'
import { FalselyServed } from './false-provider.ts'

const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: 'localhost' } })
test.after.always(() => gatehouse.stop())
const asScript = { accept: '*/*' }

test('S-06: signing out ends the session, revokes the refresh token, and signs out at Gatehouse without a question', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const ada = await makePerson(gatehouse)
  const provider = new Browser(gatehouse.url)
  const browser = await app.signIn(ada, { provider })
  const thief = browser.copy()
  const answer = await browser.fetch('/auth/sign-out', { method: 'POST', headers: asScript })
  t.deepEqual(await jsonOf(answer), { location: '/auth/end-session' })
  t.is(answer.headers.get('cache-control'), 'no-store')
  t.is((await thief.open('/')).page.html, 'nobody')
  t.is((await thief.fetch('/auth/refresh', { method: 'POST' })).status, 401)
  const events = await gatehouse.app.scope(() => gatehouse.app.audit.of(ada.id))
  t.true(events.some(event => event.summary().kind === 'token.revoked'))

  const script = await browser.fetch('/auth/end-session', { headers: { 'sec-fetch-mode': 'cors' } })
  t.is(script.status, 403, 'the ID token is in the address of the provider, which no script may learn')
  const address = await navigated(browser, `${app.url}/auth/end-session`)
  t.regex(address, /\/session\/end\?id_token_hint=/)
  await provider.open(address)
  t.is(provider.page.url, `${app.url}/`, 'without a question')
  await browser.open(`${app.url}/auth/sign-in`)
  await provider.open(browser.page.url)
  t.truthy(provider.document.querySelector('[name="password"]'), 'the next sign-in asks for the password')

  t.is(await navigated(browser, `${app.url}/auth/end-session`), `${app.url}/`, 'the address works once')
})

test('signing out works as a plain form, without a session, and while the provider is away', async t => {
  const app = await FalselyServed.start(t)
  const browser = await app.signIn()
  const form = await browser.fetch('/auth/sign-out', { method: 'POST', body: new URLSearchParams() })
  t.is(form.status, 303)
  t.is(form.headers.get('location'), `${app.url}/auth/end-session`)
  t.deepEqual(app.provider.revoked, ['refresh-1'])
  const next = new URL(await navigated(browser, `${app.url}/auth/end-session`))
  t.is(next.searchParams.get('post_logout_redirect_uri'), `${app.url}/`)
  t.is((await browser.fetch('/auth/sign-out', { method: 'POST' })).status, 303, 'a second time')

  await app.signIn({ browser })
  app.provider.faults.set('/revoke', (_req, res) => res.writeHead(503).end())
  t.is((await browser.fetch('/auth/sign-out', { method: 'POST' })).status, 303)
  t.regex(app.logged.at(-1) ?? '', /a refresh token could not be revoked: the revocation endpoint .* answered 503/)
  t.is((await browser.fetch('/auth/me')).status, 401)
})

test('a session that ends at Gatehouse ends here too; no other does', async t => {
  const app = await BrowserApplication.start(t, gatehouse)
  const { scope, clients, sessions, suspension } = gatehouse.app
  await scope(() =>
    clients.update(app.clientId, { backchannelLogoutUri: `${app.url}/auth/back-channel-logout` }, { by: operator }),
  )
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Grace' })]
  const [phone, desk, hers] = [await app.signIn(ada), await app.signIn(ada), await app.signIn(grace)]
  const shown = async (browser: Browser) => (await browser.open('/')).page.html
  const signedOut = (browser: Browser) => waitFor(async () => (await shown(browser)) === 'nobody')

  const newest = (await sessions.of(ada.id))[0]!
  await scope(() => sessions.revokeOthers(ada.id, newest.uid, { by: operator }))
  await waitFor(async () => [await shown(phone), await shown(desk)].includes('nobody'))
  t.deepEqual([await shown(phone), await shown(desk), await shown(hers)].toSorted(), ['Ada GET', 'Grace GET', 'nobody'])
  await scope(() => suspension.suspend(ada.id, { by: operator }))
  await Promise.all([signedOut(phone), signedOut(desk)])
  t.is(await shown(hers), 'Grace GET')
  t.deepEqual(app.logged, [])
})

test('O-03: only a logout token of the provider for this application is accepted', async t => {
  const app = await FalselyServed.start(t)
  const { provider } = app
  const browser = await app.signIn()
  const now = Math.floor(Date.now() / 1000)
  const send = async (token: string | undefined) =>
    (
      await fetch(`${app.url}/auth/back-channel-logout`, {
        method: 'POST',
        body: new URLSearchParams(token === undefined ? {} : { logout_token: token }),
      })
    ).status
  const wrong: [string, JWTPayload, { typ?: string; foreign?: boolean }?][] = [
    ['an ID token', { events: undefined, nonce: 'n' }, { typ: 'JWT' }],
    ['an access token', {}, { typ: 'at+jwt' }],
    ['a foreign signature', {}, { foreign: true }],
    ['a nonce', { nonce: 'n' }],
    ['another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['no events', { events: undefined }],
    ['about no one', { sub: undefined }],
    ['another application', { aud: 'other' }],
    ['another provider', { iss: 'https://other.example.com' }],
    ['too old', { iat: now - 600, exp: now - 480 }],
    ['without an end', { exp: undefined }],
    ['without a name', { jti: undefined }],
    ['a sid that is no text', { sid: 1 }],
  ]
  for (const [what, claims, options] of wrong) t.is(await send(await provider.logoutToken(claims, options)), 400, what)
  for (const token of [undefined, '', 'eyJhbGciOiJub25lIn0.e30.', 'x'.repeat(60_000)]) t.is(await send(token), 400)
  t.is(await send('x'.repeat(70_000)), 413)
  t.is((await browser.fetch('/auth/me')).status, 200, 'nothing of it ended the session')

  t.is(await send(await provider.logoutToken({ sub: undefined, sid: 'another' })), 200)
  t.is(await send(await provider.logoutToken({ sub: 'grace' })), 200)
  t.is((await browser.fetch('/auth/me')).status, 200)
  t.is(await send(await provider.logoutToken({ sub: undefined, sid: 'session-1' })), 200)
  t.is((await browser.fetch('/auth/me')).status, 401)
})

test('O-03: a logout token without sid ends what was there before it, and means nothing a second time', async t => {
  const app = await FalselyServed.start(t)
  const { provider } = app
  const send = async (token: string) => {
    const body = new URLSearchParams({ logout_token: token })
    return (await fetch(`${app.url}/auth/back-channel-logout`, { method: 'POST', body })).status
  }
  const [first, second] = [await app.signIn(), await app.signIn()]
  const token = await provider.logoutToken({ jti: 'one' })
  t.is(await send(token), 200)
  for (const browser of [first, second]) t.is((await browser.fetch('/auth/me')).status, 401)

  provider.clock.advance(10)
  const later = await app.signIn()
  t.is(await send(token), 200)
  t.is(await send(await provider.logoutToken({ jti: 'one' })), 200, 'nor signed again')
  t.is((await later.fetch('/auth/me')).status, 200)
})

test('if the keys cannot be fetched, the provider can send the logout token again', async t => {
  const app = await FalselyServed.start(t)
  const token = await app.provider.logoutToken()
  app.provider.faults.set('/jwks', (_req, res) => res.writeHead(500).end())
  const send = () =>
    fetch(`${app.url}/auth/back-channel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
    })
  t.is((await send()).status, 503)
  app.provider.faults.clear()
  t.is((await send()).status, 200)
})
