import test, { type ExecutionContext } from 'ava'
import { startDemo } from '../../demo/server.ts'
import { operator } from '../../src/base/actor.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'
import { startIssuer } from './issuer.ts'
import { startDemoAt } from './registered-demo.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const WELCOME = 'An application that keeps no passwords'

test('a session that ends at the provider ends here too, and no other session does', async t => {
  const gatehouse = await startGatehouse({ env: { OUTBOUND_ALLOW: 'localhost' } })
  t.teardown(() => gatehouse.stop())
  const { app } = gatehouse
  const demo = await startDemoAt(gatehouse, { notified: true })
  t.teardown(() => demo.close())
  const [ada, grace] = [await makePerson(gatehouse), await makePerson(gatehouse, { name: 'Grace' })]
  const visit = (person: Person) => signIn(new Browser(demo.url), new Browser(gatehouse.url), person)
  const [phone, desk, hers] = [await visit(ada), await visit(ada), await visit(grace)]
  const heading = async (browser: Browser) => (await browser.open('/')).heading
  const signedOut = (browser: Browser) => waitFor(async () => (await heading(browser)) === WELCOME)

  const newest = (await app.sessions.of(ada.id))[0]!
  await app.scope(() => app.sessions.revokeOthers(ada.id, newest.uid, { by: operator }))
  await waitFor(async () => [await heading(phone), await heading(desk)].includes(WELCOME))
  t.deepEqual([await heading(phone), await heading(desk), await heading(hers)].toSorted(), ['Ada', WELCOME, 'Grace'])

  await app.scope(() => app.suspension.suspend(ada.id, { by: operator }))
  await Promise.all([signedOut(phone), signedOut(desk)])
  t.is(await heading(hers), 'Grace')
})

test('only a valid logout token of the provider for this application is accepted', async t => {
  const { send, logoutToken, issuer } = await withIssuer(t)
  t.teardown(() => issuer.close())
  const now = Math.floor(Date.now() / 1000)
  t.is(await send(await logoutToken()), 200)
  t.is(await send(await logoutToken({ sub: undefined, sid: 'one' })), 200)
  const wrong: [string, Promise<string>][] = [
    ['nothing', Promise.resolve('')],
    ['no token', Promise.resolve('eyJhbGciOiJub25lIn0.e30.')],
    ['an ID token', logoutToken({ events: undefined, nonce: 'n' }, 'JWT')],
    ['an access token', logoutToken({}, 'at+jwt')],
    ['a nonce', logoutToken({ nonce: 'n' })],
    ['another event', logoutToken({ events: { 'http://schemas.openid.net/event/other': {} } })],
    ['no events', logoutToken({ events: undefined })],
    ['events that are none', logoutToken({ events: EVENT })],
    ['nobody', logoutToken({ sub: undefined })],
    ['another application', logoutToken({ aud: 'other' })],
    ['another provider', logoutToken({ iss: 'https://other.example.com' })],
    ['too old', logoutToken({ iat: now - 600, exp: now - 480 })],
    ['for ever', logoutToken({ exp: undefined })],
    ['no name', logoutToken({ jti: undefined })],
  ]
  for (const [what, token] of wrong) t.is(await send(await token), 400, what)
})

test('if the keys cannot be fetched, the provider can retry, and the keys are fetched again', async t => {
  const { send, logoutToken, issuer } = await withIssuer(t)
  const token = await logoutToken()
  await issuer.close()
  t.is(await send(token), 503)
})

async function withIssuer(t: ExecutionContext) {
  const issuer = await startIssuer()
  const log = { error: () => {}, warn: () => {} }
  const demo = await startDemo({ issuer: issuer.url, port: 0, clientId: 'demo', clientSecret: 'secret', log })
  t.teardown(() => demo.close())
  const iat = Math.floor(Date.now() / 1000)
  return {
    issuer,
    logoutToken: (claims: object = {}, typ = 'logout+jwt') =>
      issuer.accessToken({ aud: 'demo', events: { [EVENT]: {} }, jti: 'one', iat, ...claims }, { typ }),
    async send(token: string): Promise<number> {
      const body = new URLSearchParams({ logout_token: token })
      return (await fetch(`${demo.url}/backchannel-logout`, { method: 'POST', body })).status
    },
  }
}

async function signIn(browser: Browser, provider: Browser, { email, password }: Person): Promise<Browser> {
  await browser.open('/sign-in')
  await provider.open(browser.page.url)
  await provider.submit({ email, password })
  await provider.submit({ decision: 'allow' })
  return browser.open(provider.page.url)
}
