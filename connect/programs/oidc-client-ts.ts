import assert from 'node:assert/strict'
import { copyFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { waitFor } from '../../test/support/wait-for.ts'
import type { Connection, Program } from '../kit/connection.ts'
import { installNode, startNodeApp } from '../kit/node-app.ts'
import { signIn, signOut } from '../kit/pages.ts'
import { paste } from '../kit/pasting.ts'
import { WebApplication } from '../kit/web-application.ts'

const PATIENCE = { seconds: 40, what: () => 'the page does not know the person' }

interface Known {
  email?: string
  roles?: string[]
  accessToken?: string
  refreshToken?: string
  error?: string
}

/** A single-page application with oidc-client-ts: by redirect, in a popup, renewed in a frame and by refresh token. */
export const oidcClientTs: Program = {
  name: 'oidc-client-ts',
  needs: ['npm'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'spa', '--post-logout-redirect-uri', `${url}/`],
      ...['callback', 'popup', 'silent'].flatMap(path => ['--redirect-uri', `${url}/${path}`]),
    )
    await startNodeApp(connection, { port, env: { ISSUER: connection.issuer, CLIENT_ID: client.id } })
    const { check, issuer, person } = bound(connection)

    const page = await connection.open()
    await check('signs a person in by redirect, with roles', async () => {
      await page.goto(url)
      await page.locator('#redirect').click()
      await signIn(page, issuer, person)
      assert.equal((await signedIn(page)).email, person.email)
    })
    await check('renews silently in a frame', () => renews(page, { refreshToken: false }))

    const other = await connection.open()
    await check('signs a person in in a popup', async () => {
      await other.goto(url)
      const [popup] = await Promise.all([other.waitForEvent('popup'), other.locator('#popup').click()])
      await Promise.all([popup.waitForEvent('close'), signIn(popup, issuer, person).catch(closed)])
      assert.equal((await signedIn(other)).email, person.email)
    })
    await check('gets a refresh token, and refreshes', async () => {
      await other.locator('#stay').click()
      await signIn(other, issuer, person)
      await signedIn(other, ({ refreshToken }) => refreshToken !== undefined)
      await renews(other, { refreshToken: true })
    })
    await check('revokes its tokens, and signs the person out at Gatehouse too', async () => {
      const { accessToken } = await signedIn(other)
      const signedOut = async () => (await known(other)).email === undefined
      await signOut(other, issuer, {
        begin: () => other.locator('#sign-out').click(),
        end: () => waitFor(async () => other.url() === `${url}/` && signedOut(), PATIENCE),
      })
      const answer = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
      assert.equal(answer.status, 401)
      await other.locator('#redirect').click()
      await signIn(other, issuer, person)
      assert.equal((await signedIn(other)).email, person.email)
    })
    await connectPasted(connection)
  },
}

/** With the code that Gatehouse prints, which signs in on every page. */
async function connectPasted(connection: Connection): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('oidc-client-ts', '--url', url)
  const cwd = await installNode(connection)
  await paste(client, `${cwd}/preset.js`, `${cwd}/pasted.js`)
  await copyFile(`${cwd}/preset.html`, `${cwd}/pasted.html`)
  await startNodeApp(connection, { port, env: { PAGE: 'pasted', LIBRARY: 'esm/oidc-client-ts.js' } })
  const application = await WebApplication.open({
    connection,
    client,
    url,
    begin: page => page.goto(url),
    known: page => (page.url().startsWith(url) ? signedIn(page) : Promise.resolve({})),
    signOut: page => page.getByRole('button', { name: 'Leave' }).click(),
    signedOut: page => page.waitForURL(`${connection.issuer}/interaction/**`),
  })
  await application.signsIn('as pasted')
  await application.signsOut('as pasted')
}

function bound(connection: Connection) {
  const { issuer, person } = connection
  return { issuer, person, check: connection.check.bind(connection) }
}

async function renews(page: Page, { refreshToken }: { refreshToken: boolean }): Promise<void> {
  const before = await known(page)
  assert.equal(before.refreshToken !== undefined, refreshToken)
  const asked = page.waitForRequest(request => request.method() === 'POST' && request.url().endsWith('/token'))
  await page.locator('#silent').click()
  const body = new URLSearchParams((await asked).postData() ?? '')
  assert.equal(body.get('grant_type'), refreshToken ? 'refresh_token' : 'authorization_code')
  await signedIn(page, ({ accessToken }) => accessToken !== before.accessToken)
}

/** What the page knows once a person is signed in. @throws what the library reports */
async function signedIn(page: Page, so: (known: Known) => boolean = () => true): Promise<Known> {
  const found = await waitFor(async () => {
    const now = await known(page)
    return now.error || (now.email && so(now)) ? now : null
  }, PATIENCE)
  assert.equal(found.error, undefined)
  assert.ok(found.roles?.includes('editor'))
  return found
}

async function known(page: Page): Promise<Known> {
  return JSON.parse((await page.locator('#known').textContent()) || '{}')
}

/** The library closes the popup as soon as the provider has returned to it. */
function closed(error: Error): void {
  if (!/closed/.test(error.message)) throw error
}
