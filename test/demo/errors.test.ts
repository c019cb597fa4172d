import test, { type ExecutionContext } from 'ava'
import { startDemo } from '../../demo/server.ts'
import { freePort } from '../support/programs.ts'
import { startIssuer } from './issuer.ts'

test('before a sign-in the demo describes itself and sets no cookie', async t => {
  const { get } = await visit(t)
  const page = await get('/')
  t.is(page.status, 200)
  t.regex(page.text, /Sign in with Gatehouse/)
  t.is(page.headers.get('set-cookie'), null)
  t.regex(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
  t.notRegex(page.text, /<script|<style| style=| on\w+=/)
})

test('a sign-in requests a code with new PKCE, state and nonce values each time', async t => {
  const { get, demo, issuer } = await visit(t)
  const [first, second] = [await get('/sign-in'), await get('/sign-in')]
  t.regex(first.headers.get('set-cookie') ?? '', /^demo_session=[\w-]{43}; path=\/; samesite=lax; httponly$/)
  t.is(second.headers.get('set-cookie'), null, 'the browser keeps its session')

  const asked = first.location.searchParams
  t.is(first.location.origin, issuer.url)
  t.is(asked.get('redirect_uri'), `${demo.url}/callback`)
  t.is(asked.get('resource'), `${demo.url}/api`)
  t.is(asked.get('code_challenge_method'), 'S256')
  for (const name of ['state', 'nonce', 'code_challenge']) {
    t.true((asked.get(name)?.length ?? 0) >= 43, name)
    t.not(asked.get(name), second.location.searchParams.get(name), name)
  }
})

const ANSWERS = {
  access_denied: [403, 'You cancelled'],
  login_required: [400, 'You need to sign in'],
  consent_required: [400, 'You need to sign in'],
  unmet_authentication_requirements: [403, 'A stronger sign-in is required'],
  temporarily_unavailable: [503, 'The provider is busy'],
  invalid_scope: [502, 'The provider did not accept this application'],
  made_up: [502, 'The provider did not accept this application'],
} as const

for (const [error, [status, title]] of Object.entries(ANSWERS)) {
  test(`${error} is explained on a page with links to continue`, async t => {
    const { get, issuer } = await visit(t)
    const state = (await get('/sign-in')).location.searchParams.get('state') ?? ''
    const answer = { error, error_description: '<b>because</b>', state, iss: issuer.url }
    const page = await get(`/callback?${new URLSearchParams(answer)}`)
    t.is(page.status, status)
    t.true(page.text.includes(`<h1>${title}</h1>`))
    t.true(page.text.includes(`<code>${error}</code>`))
    t.true(page.text.includes('href="/sign-in"') && page.text.includes('href="/"'))
    t.false(page.text.includes('<b>because'))
  })
}

test('a response to a sign-in that this browser did not start is refused', async t => {
  const { get, demo, issuer } = await visit(t)
  const state = (await get('/sign-in')).location.searchParams.get('state') ?? ''
  const answer = `/callback?${new URLSearchParams({ error: 'access_denied', state, iss: issuer.url })}`

  const elsewhere = await fetch(demo.url + answer, { redirect: 'manual' })
  t.is(elsewhere.status, 400)
  t.regex(await elsewhere.text(), /cannot be completed here/)
  t.is((await get('/callback?code=x&state=made-up')).status, 400)
  t.is((await get(answer)).status, 403)
  t.is((await get(answer)).status, 400, 'the response works once in its own browser')
})

test('a response from another provider is refused', async t => {
  const { get } = await visit(t)
  const state = (await get('/sign-in')).location.searchParams.get('state') ?? ''
  const answer = { code: 'x', state, iss: 'https://other.example.com' }
  const page = await get(`/callback?${new URLSearchParams(answer)}`)
  t.is(page.status, 502)
  t.regex(page.text, /answer was not accepted/)
})

test('a sign-in shows an error while the provider is not running, and works once it is', async t => {
  const port = await freePort()
  const demo = await startDemo({ ...REGISTRATION, issuer: `http://localhost:${port}`, log: SILENT })
  t.teardown(() => demo.close())
  const early = await fetch(`${demo.url}/sign-in`)
  t.is(early.status, 502)
  t.regex(await early.text(), /<h1>The provider does not answer<\/h1>/)

  const issuer = await startIssuer({ port })
  t.teardown(() => issuer.close())
  t.is((await fetch(`${demo.url}/sign-in`, { redirect: 'manual' })).status, 302)
})

test('a port that is in use is reported as an error', async t => {
  const { demo } = await visit(t)
  const port = Number(new URL(demo.url).port)
  await t.throwsAsync(startDemo({ ...REGISTRATION, issuer: 'http://localhost:1', port }), { code: 'EADDRINUSE' })
})

test('unknown paths are not found, and buttons require a signed-in person', async t => {
  const { get, demo } = await visit(t)
  t.is((await get('/nothing')).status, 404)
  t.is((await get('/assets/constructor')).status, 404)
  t.is((await get('/assets/demo.css')).headers.get('content-type'), 'text/css; charset=utf-8')
  const post = await fetch(`${demo.url}/sign-out`, { method: 'POST', redirect: 'manual' })
  t.is(post.status, 303)
  t.is(post.headers.get('location'), '/')
})

const REGISTRATION = { port: 0, clientId: 'demo', clientSecret: 'secret' }
const SILENT = { error: () => {}, warn: () => {} }

/** Starts a demo and the metadata of a provider, for a new browser. */
async function visit(t: ExecutionContext) {
  const issuer = await startIssuer()
  const demo = await startDemo({ ...REGISTRATION, issuer: issuer.url, log: SILENT })
  t.teardown(() => demo.close())
  t.teardown(() => issuer.close())
  let cookie = ''

  async function get(path: string) {
    const response = await fetch(demo.url + path, { headers: { cookie }, redirect: 'manual' })
    const { status, headers } = response
    cookie = headers.get('set-cookie')?.split(';')[0] ?? cookie
    const location = new URL(headers.get('location') ?? '/', demo.url)
    return { status, headers, location, text: await response.text() }
  }

  return { demo, issuer, get }
}
