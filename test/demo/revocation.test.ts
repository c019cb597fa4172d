import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import type { TokenEndpointResponse } from 'openid-client'
import { personPage } from '../../demo/pages.ts'
import { Person } from '../../demo/person.ts'
import { startDemo } from '../../demo/server.ts'
import { Browser } from '../support/browser.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'
import { startDemoAt } from './registered-demo.ts'

test('a person revokes the access token, the API refuses it, and signing in again brings a new one', async t => {
  const { browser, provider } = await signedIn(t)
  const callApi = () => browser.submit({}, { action: '/call-api' })
  await callApi()
  t.regex(browser.text, /The API answered 200/)
  t.regex(browser.text, /It has been following the list of revoked tokens since \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC\./)
  t.regex(browser.text, /The refresh token ends with it, so you will have to sign in again\./)

  await browser.submit({}, { action: '/revoke' })
  t.regex(browser.text, /Access token revoked The refresh token ended with it\. Call the API now/)
  t.regex(browser.text, /It was revoked together with the access token\./)
  for (const action of ['/revoke', '/refresh']) t.falsy(browser.document.querySelector(`form[action="${action}"]`))

  await waitFor(async () => {
    await callApi()
    return browser.text.includes('The API answered 401')
  })
  t.regex(
    browser.text,
    /It no longer accepts the access token: the token was revoked\. Sign in again to get a new one\./,
  )
  t.regex(browser.text, /Bearer error="invalid_token", error_description="the token was revoked"/)
  await browser.submit({}, { action: '/open-vault' })
  t.regex(browser.text, /The API answered 401.*the token was revoked/s)

  await browser.follow('Sign in again')
  await provider.open(browser.page.url)
  t.is(provider.heading, 'Allow Demo?', 'the session at the provider goes on')
  await provider.submit({ decision: 'allow' })
  await browser.open(provider.page.url)
  await callApi()
  t.regex(browser.text, /The API answered 200/)
  t.truthy(browser.document.querySelector('form[action="/revoke"]'))
})

test('a sign-in of the same person in another browser is not touched', async t => {
  const { browser, visit } = await signedIn(t)
  const { browser: other } = await visit()
  await browser.submit({}, { action: '/revoke' })
  await waitFor(async () => {
    await browser.submit({}, { action: '/call-api' })
    return browser.text.includes('the token was revoked')
  })
  await other.submit({}, { action: '/call-api' })
  t.regex(other.text, /The API answered 200/)
  await other.submit({}, { action: '/refresh' })
  t.regex(other.text, /Tokens refreshed/)
})

test('the demo follows the list from its start, and no longer once it is closed', async t => {
  const asked = Promise.withResolvers<ServerResponse>()
  const provider = createServer((request, response) => {
    if (request.url?.startsWith('/revocations')) return asked.resolve(response)
    response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks`, access_token_revocations_uri, keys: [] }))
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  t.teardown(() => provider.close())
  const issuer = `http://localhost:${(provider.address() as AddressInfo).port}`
  const access_token_revocations_uri = `${issuer}/revocations`

  const demo = await startDemo({ issuer, port: 0, clientId: 'demo', clientSecret: 'secret' })
  const response = await asked.promise
  const ended = once(response, 'close', { signal: AbortSignal.timeout(4000) })
  await demo.close()
  await ended
  t.false(response.writableEnded, 'the request was given up')
})

const SENTENCES = {
  loading: /It has been waiting for the list of revoked tokens since 1 Dec 2026, 00:00:00 UTC, and answers 503/,
  following: /It has been following the list of revoked tokens since 1 Dec 2026, 00:00:00 UTC\./,
  behind: /It has not been able to read the list of revoked tokens since 1 Dec 2026, 00:00:00 UTC, and uses/,
  off: /The provider publishes no list of revoked tokens, so the API accepts them until they expire\./,
} as const

test('the page says in a sentence what the API knows about revoked tokens', t => {
  const tokens: TokenEndpointResponse = { access_token: 'opaque', token_type: 'bearer', id_token: 'one' }
  const claims = () => ({ iss: 'https://id.example.com', sub: 'ada', aud: 'demo', iat: 0, exp: 1 })
  const person = new Person(Object.assign(tokens, { claims, expiresIn: () => 600 }))
  const [since, issuer, resource] = [new Date('2026-12-01'), 'https://id.example.com', 'https://api.example.com']
  for (const [state, sentence] of Object.entries(SENTENCES)) {
    const api = { state: state as keyof typeof SENTENCES, since, entries: 0, position: null }
    const page = personPage({ person, csrf: '', notice: undefined, issuer, resource, api, canRevoke: false })
    t.regex(page.replaceAll(/<\/?time[^>]*>/g, ''), sentence)
    t.notRegex(page, /action="\/revoke"/, 'no button where the provider has no such endpoint')
  }
})

async function signedIn(t: ExecutionContext) {
  const gatehouse = await startGatehouse()
  t.teardown(() => gatehouse.stop())
  const demo = await startDemoAt(gatehouse)
  t.teardown(() => demo.close())
  const { email, password } = await makePerson(gatehouse)
  const visit = async () => {
    const [browser, provider] = [new Browser(demo.url), new Browser(gatehouse.url)]
    await browser.open('/sign-in')
    await provider.open(browser.page.url)
    await provider.submit({ email, password })
    await provider.submit({ decision: 'allow' })
    await browser.open(provider.page.url)
    return { browser, provider }
  }
  return { ...(await visit()), visit }
}
