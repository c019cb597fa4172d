import test from 'ava'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { CALLBACK, RelyingParty } from '../support/relying-party.ts'

const gatehouse = await startGatehouse()
const { url } = gatehouse
test.after.always(() => gatehouse.stop())

/** The parameters of the authorization response, from the query or the fragment. */
function responseOf(browser: Browser): URLSearchParams {
  const { origin, search, hash } = new URL(browser.page.url)
  if (origin !== new URL(CALLBACK).origin)
    throw new Error(`no redirect to the application, still at ${browser.page.url}: ${browser.text}`)
  return new URLSearchParams(search || hash.slice(1))
}

test('R-07: discovery announces the iss parameter', async t => {
  const metadata = (await (await fetch(`${url}/.well-known/openid-configuration`)).json()) as Record<string, unknown>
  t.is(metadata.issuer, url)
  t.true(metadata.authorization_response_iss_parameter_supported)
})

test('R-07: a successful response has iss, in each response mode', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const { browser } = await rp.signIn(ada)
  for (const response_mode of ['query', 'fragment']) {
    const begun = await rp.begin({ response_mode })
    await browser.open(begun.url.href)
    const response = responseOf(browser)
    t.deepEqual(
      [response.get('iss'), response.get('state'), response.has('code')],
      [url, begun.state, true],
      response_mode,
    )
  }
  const begun = await rp.begin({ response_mode: 'form_post' })
  await browser.open(begun.url.href)
  t.deepEqual([browser.field('iss'), browser.field('state')], [url, begun.state])
})

test('R-07: an error response has iss', async t => {
  const rp = await RelyingParty.register(gatehouse, { scopes: ['openid'] })
  const refusals: [string, Record<string, string>][] = [
    ['login_required', { scope: 'openid', prompt: 'none' }],
    ['invalid_scope', { scope: 'openid "email"' }],
    ['unsupported_response_type', { scope: 'openid', response_type: 'voucher' }],
    ['invalid_request', { scope: 'openid', prompt: 'none login' }],
    ['invalid_request', { scope: 'openid', code_challenge: '' }],
    ['invalid_target', { scope: 'openid', resource: 'https://unknown.example' }],
    ['request_not_supported', { scope: 'openid', request: 'x' }],
  ]
  for (const [error, parameters] of refusals) {
    for (const response_mode of ['query', 'fragment']) {
      const begun = await rp.begin({ response_mode, ...parameters })
      const response = responseOf(await new Browser(url).open(begun.url.href))
      t.deepEqual(
        [response.get('error'), response.get('iss'), response.get('state')],
        [error, url, begun.state],
        response_mode,
      )
      t.false(response.has('code'))
    }
  }
})

test('R-07: the response to a cancelled sign-in or denied consent has iss', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const ada = await makePerson(gatehouse)
  const browser = new Browser(url)
  const begun = await rp.begin()
  await browser.open(begun.url.href)
  await browser.submit({}, { action: '/abort' })
  t.deepEqual([responseOf(browser).get('error'), responseOf(browser).get('iss')], ['access_denied', url])

  const again = await rp.begin()
  await browser.open(again.url.href)
  await browser.submit({ email: ada.email, password: ada.password })
  await browser.submit({ decision: 'deny' })
  t.deepEqual([responseOf(browser).get('error'), responseOf(browser).get('iss')], ['access_denied', url])
})

test('an ID token has the issuer, the client and the nonce of the request', async t => {
  const rp = await RelyingParty.register(gatehouse)
  const { tokens, begun } = await rp.signIn(await makePerson(gatehouse))
  t.like(tokens.claims(), { iss: url, aud: rp.id, nonce: begun.nonce })
})
