import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { operator } from '../../src/base/actor.ts'
import { Api } from '../modules/backend-for-frontend/api.ts'
import { hasChromium, openChromium } from '../support/chromium.ts'
import { type Gatehouse, startGatehouse } from '../support/gatehouse.ts'
import { makePerson } from '../support/people.ts'
import { freePort } from '../support/programs.ts'
import { TokenRecorder } from './token-recorder.ts'

const EXAMPLE = fileURLToPath(new URL('../../examples/browser-app.mjs', import.meta.url))
const inChromium = test.runIf(hasChromium)

inChromium('in the example application no token is ever within reach of a script', async t => {
  t.timeout(180_000)
  const recorder = await TokenRecorder.start(t)
  const env = { PUBLIC_URL: recorder.url, PORT: String(recorder.port), ACCESS_TOKEN_TTL: '30s' }
  const gatehouse = await startGatehouse({ env })
  t.teardown(() => gatehouse.stop())
  const ada = await makePerson(gatehouse)
  const api = await Api.start(t, gatehouse)
  const url = await startExample(t, gatehouse, api)
  const { page, complaints } = await openChromium(t)
  const seen = watched(page, url)
  const signIn = async () => {
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.locator('[name=email]').fill(ada.email)
    await page.locator('[name=password]').fill(ada.password)
    await page.locator('[name=password]').press('Enter')
  }
  const answered = (text: RegExp) => page.locator('#answer').filter({ hasText: text }).waitFor()

  await page.goto(url)
  await page.getByText('You are not signed in.').waitFor()
  await signIn()
  await page.getByRole('button', { name: 'Allow', exact: true }).click()
  await page.getByText('Hello, Ada').waitFor()
  t.is(page.url(), `${url}/`)
  const cookies = (await page.context().cookies(url)).filter(({ name }) => !name.startsWith('gatehouse_'))
  t.is(cookies.length, 1, 'beside those of Gatehouse, which is on localhost too')
  t.like(cookies[0], { httpOnly: true, secure: true, sameSite: 'Lax', path: '/', domain: 'localhost' })
  t.regex(cookies[0]?.name ?? '', /^__Host-session-/)
  await page.getByRole('button', { name: 'Call the API' }).click()
  await answered(new RegExp(`200 .*${ada.id}`))
  await page.getByRole('button', { name: 'Refresh' }).click()
  await answered(/200 .*"name":"Ada"/)
  await page.getByRole('button', { name: 'Call the API' }).click()
  await answered(new RegExp(`200 .*${ada.id}`))
  t.is(new Set(api.calls.map(({ claims }) => claims.jti)).size, 2, 'the API got a new token after the refresh')
  t.is(await page.evaluate("fetch('/notes', { method: 'POST' }).then(answer => answer.text())"), 'A note of Ada')
  seen.push(...(await withinReach(page)))

  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('You are not signed in.').waitFor()
  t.is(page.url(), `${url}/`)
  await signIn()
  await page.getByText('Hello, Ada').waitFor()
  t.deepEqual(await page.evaluate(ENDING), { closed: true, location: '/auth/end-session' })
  seen.push(...(await withinReach(page)))

  t.true(recorder.tokens.length >= 9, 'two sign-ins and a refresh, with three tokens each')
  const text = seen.join('\n')
  t.regex(text, /"name":"Ada"/, 'the answers were recorded')
  for (const token of recorder.tokens) t.false(text.includes(token), `${token.slice(0, 12)}…`)
  t.notRegex(text, /eyJ[\w-]{10}/, 'nor any other signed token')
  t.deepEqual(
    complaints.filter(complaint => !/40[13]/.test(complaint)),
    [],
  )
})

/** What a script sees of signing out: the answer to it, and of the address that it leads to only that it is closed. */
const ENDING = `(async () => {
  const { location } = await (await fetch('/auth/sign-out', { method: 'POST' })).json()
  const next = await fetch(location, { redirect: 'manual' })
  const closed = next.status === 403 || (next.type === 'opaqueredirect' && next.headers.get('location') === null)
  return { closed: closed && !(await next.text()).includes('id_token_hint'), location }
})()`

/** Everything of the page's own origin that a script can read, and the addresses of the tab's history. */
async function withinReach(page: Page): Promise<string[]> {
  const stored = await page.evaluate<string>(`(async () => {
    const databases = await indexedDB.databases()
    const caches_ = await caches.keys()
    return JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, databases, caches_,
      document.documentElement.outerHTML, location.href, document.referrer, window.name,
      performance.getEntries().map(entry => entry.name)])
  })()`)
  const session = await page.context().newCDPSession(page)
  const { entries } = await session.send('Page.getNavigationHistory')
  return [stored, ...entries.map(entry => entry.url)]
}

/** The bodies and headers of all answers of the application, and every address that a frame showed. */
function watched(page: Page, url: string): string[] {
  const seen: string[] = []
  page.on('framenavigated', frame => seen.push(frame.url()))
  page.on('response', async response => {
    if (!response.url().startsWith(`${url}/`)) return
    const { location, ...headers } = await response.allHeaders()
    // A script cannot read where a redirect of a navigation leads.
    seen.push(response.url(), JSON.stringify(headers), response.request().isNavigationRequest() ? '' : (location ?? ''))
    if (response.status() < 300 || response.status() >= 400) seen.push(await response.text().catch(() => ''))
  })
  return seen
}

async function startExample(t: ExecutionContext, { app, url: issuer }: Gatehouse, api: Api): Promise<string> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const { client, secret } = await app.scope(async () => {
    const scopes = [{ name: api.scope, description: 'Read orders' }]
    await app.resources.register({ id: api.resource, name: 'Orders', scopes }, { by: operator })
    return app.clients.register(
      {
        ...{ name: 'Browser app', profile: 'web', redirectUris: [`${url}/auth/callback`] },
        ...{ postLogoutRedirectUris: [`${url}/`], scopes: ['profile', 'email', 'roles', 'offline_access', api.scope] },
      },
      { by: operator },
    )
  })
  const child = spawn(process.execPath, [EXAMPLE], {
    env: {
      ...{ ISSUER: issuer, CLIENT_ID: client.id, CLIENT_SECRET: secret ?? '', PORT: String(port) },
      ...{ RESOURCE: api.resource, SCOPE: api.scope, API: `${api.url}/whoami` },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  await once(child.stdout, 'data')
  return url
}
