import test from 'ava'
import * as oidc from 'openid-client'
import { startUpstream, type Upstream } from '../../demo/upstream/server.ts'
import { Browser } from '../support/browser.ts'
import { LogoutEndpoint } from '../support/logout-endpoint.ts'

/** Example Upstream as a relying party uses it. Signing in to Gatehouse with it is tested in `test/e2e`. */

const GATEHOUSE = 'https://id.example.com'
const client = {
  clientId: 'gatehouse',
  clientSecret: 'a secret of this test',
  redirectUri: `${GATEHOUSE}/federation/example/callback`,
  postLogoutRedirectUri: `${GATEHOUSE}/federation/example/signed-out`,
}

let upstream: Upstream
let logoutEndpoint: LogoutEndpoint
let party: oidc.Configuration

test.before(async () => {
  logoutEndpoint = await LogoutEndpoint.open({ teardown: () => {} })
  const registered = { ...client, backchannelLogoutUri: logoutEndpoint.uri }
  upstream = await startUpstream({ port: 0, gatehouse: GATEHOUSE, client: registered })
  const authentication = oidc.ClientSecretBasic(client.clientSecret)
  party = await oidc.discovery(new URL(upstream.url), client.clientId, {}, authentication, {
    execute: [oidc.allowInsecureRequests],
  })
})

test.after.always(() => {
  logoutEndpoint.close()
  return upstream.close()
})

async function begin() {
  const [pkceCodeVerifier, expectedNonce, expectedState] = [
    oidc.randomPKCECodeVerifier(),
    oidc.randomNonce(),
    oidc.randomState(),
  ]
  const url = oidc.buildAuthorizationUrl(party, {
    redirect_uri: client.redirectUri,
    scope: 'openid profile email',
    nonce: expectedNonce,
    state: expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  return { url: url.href, checks: { pkceCodeVerifier, expectedNonce, expectedState } }
}

async function signIn(browser: Browser, person: string) {
  const { url, checks } = await begin()
  await browser.open(url)
  await browser.submit({ person })
  const tokens = await oidc.authorizationCodeGrant(party, new URL(browser.page.url), checks)
  const { sub, sid } = tokens.claims()!
  return { tokens, sid, userinfo: await oidc.fetchUserInfo(party, tokens.access_token, sub) }
}

test('the chosen person is signed in, and the claims say whether their email is verified', async t => {
  const mira = await signIn(new Browser(upstream.url), 'upstream-mira')
  t.like(mira.userinfo, {
    sub: 'upstream-mira',
    name: 'Mira Sol',
    email: 'mira@upstream.example',
    email_verified: true,
  })
  const noor = await signIn(new Browser(upstream.url), 'upstream-noor')
  t.like(noor.userinfo, { sub: 'upstream-noor', email: 'noor@upstream.example', email_verified: false })
})

test('a signed-in person is redirected at once, and the home page shows their name', async t => {
  const browser = new Browser(upstream.url)
  await signIn(browser, 'upstream-tomas')
  await browser.open((await begin()).url)
  t.true(browser.page.url.startsWith(`${client.redirectUri}?code=`))
  await browser.open(upstream.url)
  t.regex(browser.text, /You are Tomas Reed here/)
})

test('Cancel redirects back with access_denied', async t => {
  const browser = new Browser(upstream.url)
  const { url, checks } = await begin()
  await browser.open(url)
  t.is(browser.heading, 'Choose a person')
  await browser.submit({ cancel: 'yes' })
  const back = new URL(browser.page.url)
  t.is(back.origin + back.pathname, client.redirectUri)
  t.like(Object.fromEntries(back.searchParams), { error: 'access_denied', state: checks.expectedState })
})

test('signing out redirects back to the client, which is also notified over the back channel', async t => {
  const browser = new Browser(upstream.url)
  const { tokens, sid } = await signIn(browser, 'upstream-mira')
  const signOut = oidc.buildEndSessionUrl(party, {
    id_token_hint: tokens.id_token!,
    post_logout_redirect_uri: client.postLogoutRedirectUri,
    state: 'a state',
  })
  await browser.open(signOut.href)
  t.is(browser.heading, 'Sign out of Example Upstream too?')
  await browser.submit({ logout: 'yes' })
  t.is(browser.page.url, `${client.postLogoutRedirectUri}?state=a+state`)
  const [notification] = await logoutEndpoint.arrived(1)
  t.like(notification?.claims, { iss: upstream.url, aud: client.clientId, sid })
  await browser.open((await begin()).url)
  t.is(browser.heading, 'Choose a person')
})

test('only its client, its redirect URI, PKCE and an existing interaction are accepted', async t => {
  const browser = new Browser(upstream.url)
  const { url } = await begin()
  const changed = (name: string, value: string | null) => {
    const address = new URL(url)
    if (value === null) address.searchParams.delete(name)
    else address.searchParams.set(name, value)
    return address.href
  }
  for (const [name, value] of [
    ['client_id', 'other'],
    ['redirect_uri', 'https://other.example.com/'],
  ] as const) {
    await browser.open(changed(name, value))
    t.is(browser.page.status, 400, name)
    t.is(browser.heading, 'This request cannot be completed')
  }
  await browser.open(changed('code_challenge', null))
  t.regex(browser.page.url, /[?&]error=invalid_request&/)

  await browser.open(`${upstream.url}/choose/nothing`)
  t.is(browser.page.status, 400)
  const otherBrowser = await browser.fetch('/choose/nothing', {
    method: 'POST',
    body: new URLSearchParams({ person: 'upstream-mira' }),
  })
  t.is(otherBrowser.status, 400)
})

test('its pages have no script and cannot be framed', async t => {
  const { headers } = await new Browser(upstream.url).fetch('/')
  const policy = headers.get('content-security-policy') ?? ''
  t.regex(policy, /default-src 'none'/)
  t.regex(policy, /frame-ancestors 'none'/)
  t.true(policy.endsWith(`form-action 'self' ${GATEHOUSE}`))
})
