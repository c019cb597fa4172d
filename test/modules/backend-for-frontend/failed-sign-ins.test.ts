import test from 'ava'
import fc from 'fast-check'
import type { JWTPayload } from 'jose'
import { Browser } from '../../support/browser.ts'
import { startGatehouse } from '../../support/gatehouse.ts'
import { makePerson } from '../../support/people.ts'
import { BrowserApplication } from './application.ts'
import { FalselyServed } from './false-provider.ts'

const STATE = ['state', undefined] as const

test('a correct answer signs in', async t => {
  const app = await FalselyServed.start(t)
  const browser = await app.signIn({ to: '/x' })
  t.is(browser.page.url, `${app.url}/x`)
  t.is(browser.page.html, 'access-1')
})

test('R-03: whatever is in `to`, the browser stays at the application', async t => {
  const app = await FalselyServed.start(t)
  const parts = [
    '/',
    '\\',
    '//',
    'evil.example',
    '.',
    '..',
    '@',
    ':',
    '\t',
    '\n',
    '%2f',
    '%5c',
    'https:',
    '?',
    '#',
    'я',
    '\u0000',
  ]
  const to = fc.oneof(
    fc.array(fc.constantFrom(...parts), { maxLength: 7 }).map(found => found.join('')),
    fc.string(),
  )
  await fc.assert(
    fc.asyncProperty(to, async given => {
      const { page } = await app.signIn({ to: given })
      const { origin, pathname } = new URL(page.url)
      t.deepEqual([origin, pathname.startsWith('//')], [app.url, false], page.html + page.url)
    }),
    { numRuns: 150 },
  )
})

const WRONG_CLAIMS: [string, JWTPayload, RegExp][] = [
  ['U-04: another nonce', { nonce: 'other' }, /nonce/],
  ['U-04: no nonce', { nonce: undefined }, /nonce/],
  ['U-04: another issuer', { iss: 'https://evil.example' }, /"iss"/],
  ['U-04: another application', { aud: 'other' }, /"aud"/],
  ['U-04: issued to another application', { aud: ['shop', 'other'], azp: 'other' }, /azp/],
  ['U-04: several audiences and no azp', { aud: ['shop', 'other'] }, /azp/],
  ['U-04: expired', { exp: 1_000_000 }, /"exp"/],
  ['U-04: no expiry', { exp: undefined }, /"exp"/],
  ['U-04: about no one', { sub: undefined }, /"sub"/],
]
for (const [what, claims, reason] of WRONG_CLAIMS) {
  test(`${what}: the ID token is refused, and the log says why`, async t => {
    const app = await FalselyServed.start(t)
    app.provider.claims = claims
    const browser = await app.signIn()
    t.is(browser.page.status, 502)
    t.is(browser.heading, 'Sign-in failed')
    t.regex(app.logged.join('\n'), reason)
    t.is((await browser.fetch('/auth/me')).status, 401)
    t.is(browser.cookies.size, 0)
  })
}

test('U-04: an ID token with a foreign signature, or with none, is refused', async t => {
  const app = await FalselyServed.start(t)
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  const foreign = await app.provider.sign({ nonce: 'x' }, { foreign: true })
  for (const id_token of [foreign, `${none}.${foreign.split('.')[1]}.`, 'nonsense', undefined]) {
    const tokens = { access_token: 'a', token_type: 'Bearer', expires_in: 60, id_token }
    app.provider.faults.set('/token', (_req, res) => res.end(JSON.stringify(tokens)))
    t.is((await app.signIn()).heading, 'Sign-in failed')
  }
})

test('R-07: an answer from another provider, or one that does not say from which, is refused', async t => {
  const app = await FalselyServed.start(t)
  for (const iss of ['https://evil.example', `${app.provider.url}/`, undefined]) {
    t.is((await app.signIn({ answer: { iss } })).heading, 'Sign-in failed')
    t.regex(app.logged.at(-1) ?? '', /a sign-in failed: the answer is from another provider: iss is/)
  }
  t.is((await app.signIn({ answer: { code: undefined } })).heading, 'Sign-in failed')
  t.is((await app.signIn({ answer: Object.fromEntries([STATE]) })).heading, 'This sign-in has expired')
})

test('an error of the provider leads to a page with a way on; X-01: nothing of it is in the page, nor a line of its own in the log', async t => {
  const app = await FalselyServed.start(t)
  const error_description = '"><script>\r\nFORGED a sign-in'
  for (const [error, heading, status] of [
    ['access_denied', 'Sign-in cancelled', 403],
    ['login_required', 'You need to sign in', 403],
    ['temporarily_unavailable', 'Sign-in is not available', 503],
    ['unauthorized_client', 'Sign-in failed', 502],
    ['<script>', 'Sign-in failed', 502],
    ['__proto__', 'Sign-in failed', 502],
  ] as const) {
    const browser = await app.signIn({ to: '/orders', answer: { code: undefined, error, error_description } })
    t.is(browser.heading, heading, error)
    t.is(browser.page.status, status)
    t.notRegex(browser.page.html, /script|FORGED/)
    t.is(browser.page.headers.get('cache-control'), 'no-store')
    t.regex(browser.page.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    const [again, home] = browser.document.querySelectorAll('a').map(link => link.getAttribute('href'))
    t.deepEqual([again, home], ['/auth/sign-in?to=%2Forders', '/'])
    t.notRegex(app.logged.at(-1) ?? '', /[\r\n]/)
  }
  t.regex(
    app.logged[0] ?? '',
    /a sign-in failed: the authorization endpoint answered access_denied \("><script> FORGED/,
  )
})

test('or back to the page of the application, if it shows errors itself', async t => {
  const app = await FalselyServed.start(t, { signInErrors: 'application' })
  const browser = await app.signIn({ to: '/orders?page=2', answer: { code: undefined, error: 'access_denied' } })
  t.is(browser.page.url, `${app.url}/orders?page=2&sign_in_error=access_denied`)
  t.is(browser.page.html, 'nobody')
  await browser.open(`${app.url}/auth/callback?state=unknown&code=x`)
  t.is(browser.page.url, `${app.url}/?sign_in_error=unknown_sign_in`)
  app.provider.faults.set('/token', (_req, res) => res.writeHead(503).end('busy'))
  t.is((await app.signIn()).page.url, `${app.url}/?sign_in_error=temporarily_unavailable`)
})

test('a provider that is away is a page that can be tried again, and the log says what happened', async t => {
  const app = await FalselyServed.start(t)
  const { provider } = app
  provider.faults.set('/.well-known/openid-configuration', (_req, res) => res.writeHead(502).end('<html>'))
  t.is((await app.signIn()).heading, 'Sign-in is not available')
  t.regex(app.logged.at(-1) ?? '', /could not begin: discovery \(http:\S+openid-configuration\) answered 502, not JSON/)
  provider.faults.set('/.well-known/openid-configuration', (_req, res) => res.end('{"issuer":"https://other.example"}'))
  t.is((await app.signIn()).heading, 'Sign-in is not available')
  t.regex(app.logged.at(-1) ?? '', /"https:\/\/other.example", not http:.*correct the option issuer/)
  provider.faults.clear()
  for (const path of ['/token', '/jwks']) {
    provider.faults.set(path, req => req.socket.destroy())
    t.is((await app.signIn()).heading, 'Sign-in is not available', path)
    provider.faults.delete(path)
  }
  provider.faults.set('/token', (_req, res) => res.writeHead(307, { location: 'https://evil.example' }).end())
  t.is((await app.signIn()).heading, 'Sign-in is not available', 'a redirect is not followed')
  provider.faults.set('/token', (_req, res) => res.end(`{"a":"${'x'.repeat(2_000_000)}"}`))
  t.is((await app.signIn()).heading, 'Sign-in is not available', 'too large')
  provider.faults.clear()
  t.regex((await app.signIn()).page.html, /^access-/)
})

test('with a wrong secret the log has the answer of Gatehouse', async t => {
  const gatehouse = await startGatehouse()
  t.teardown(() => gatehouse.stop())
  const app = await BrowserApplication.start(t, gatehouse, { options: { clientSecret: 'wrong' } })
  const ada = await makePerson(gatehouse)
  const browser = await app.signIn(ada)
  t.is(browser.heading, 'Sign-in failed')
  t.regex(browser.text, /did not accept this site/)
  t.regex(app.logged.at(-1) ?? '', /a sign-in failed: the token endpoint \(401\) answered invalid_client/)

  const provider = new Browser(gatehouse.url)
  await browser.open(`${app.url}/auth/sign-in`)
  const declined = new URL(browser.page.url)
  declined.searchParams.set('prompt', 'none')
  await provider.open(declined.href)
  await browser.open(provider.page.url)
  t.is(browser.heading, 'You need to sign in')
})
