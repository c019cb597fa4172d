import test from 'ava'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
test.after.always(() => gatehouse.stop())

const { url } = gatehouse
const OURS = 'https://app.example.org'
const STRANGERS = [
  'null',
  'https://evil.test',
  'http://app.example.org',
  'https://app.example.org.evil.test',
  'https://APP.example.org',
  'https://app.example.org:8443',
  'https://sub.app.example.org',
]

const allowed = (response: Response) => response.headers.get('access-control-allow-origin')

test('X-05: the token endpoint and userinfo allow scripts of the registered origin and no other', async t => {
  const ada = await makePerson(gatehouse)
  const rp = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const { tokens } = await rp.signInToStay(ada)
  let refreshToken = tokens.refresh_token!
  const refresh = (origin: string) =>
    fetch(`${url}/token`, {
      method: 'POST',
      headers: { origin },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: rp.id }),
    })
  const me = (origin: string) =>
    fetch(`${url}/me`, { headers: { origin, authorization: `Bearer ${tokens.access_token}` } })

  for (const origin of STRANGERS) {
    for (const response of [await refresh(origin), await me(origin)]) {
      t.is(allowed(response), null, origin)
      t.is(response.headers.get('access-control-allow-credentials'), null)
      t.is(response.status, 400, origin)
      t.notRegex(await response.text(), /access_token|email/)
    }
  }
  const refreshed = await refresh(OURS)
  t.is(refreshed.status, 200)
  t.is(allowed(refreshed), OURS)
  t.regex(refreshed.headers.get('vary') ?? '', /origin/i)
  refreshToken = String(((await refreshed.json()) as { refresh_token: string }).refresh_token)
  const userinfo = await me(OURS)
  t.is(userinfo.status, 200)
  t.is(allowed(userinfo), OURS)
  for (const response of [refreshed, userinfo]) t.is(response.headers.get('access-control-allow-credentials'), null)
})

test('X-05: a preflight request is answered, but never allows credentials', async t => {
  for (const path of ['/token', '/me', '/token/introspection', '/token/revocation']) {
    for (const origin of [OURS, ...STRANGERS]) {
      const response = await fetch(`${url}${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization',
        },
      })
      t.true(response.status < 500)
      t.is(response.headers.get('access-control-allow-credentials'), null, path)
    }
  }
})

test('X-05: discovery and the key set can be read by scripts of any origin', async t => {
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/jwks']) {
    for (let time = 0; time < 2; time++) {
      const response = await fetch(`${url}${path}`, { headers: { origin: 'https://evil.test' } })
      t.is(response.status, 200)
      t.is(allowed(response), '*')
      t.is(response.headers.get('access-control-allow-credentials'), null)
    }
  }
})

test('X-05: scripts of another origin cannot read a page', async t => {
  const rp = await RelyingParty.register(gatehouse, { profile: 'spa' })
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  const addresses = [(await rp.begin()).url.href, (await rp.begin({ prompt: 'none' })).url.href]
  for (const address of [...addresses, '/', '/session/end', '/nothing', '/assets/gatehouse.css', '/healthz']) {
    for (const origin of [OURS, 'null', 'https://evil.test']) {
      for (const method of ['GET', 'OPTIONS']) {
        const { headers } = await browser.copy().fetch(new URL(address, url).href, { method, headers: { origin } })
        t.is(headers.get('access-control-allow-origin'), null, `${method} ${address}`)
        t.is(headers.get('access-control-allow-credentials'), null)
      }
    }
  }
})
