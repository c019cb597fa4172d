import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { Application } from '../../test/e2e/application.ts'
import { findProgram } from '../../test/support/programs.ts'
import { sourceOf } from '../kit/builds.ts'
import type { Connection, Program } from '../kit/connection.ts'
import { signIn } from '../kit/pages.ts'
import { pasted, printedFor } from '../kit/pasting.ts'
import type { Client } from '../kit/provider.ts'
import { WebApplication, whatIsShown } from '../kit/web-application.ts'

/** Spring Boot 3.5 as OAuth2 client, which sends a nonce but no PKCE, and takes only ID tokens in RS256. */
export const springClient: Program = {
  name: 'spring-client',
  needs: ['java', 'maven'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/login/oauth2/code/gatehouse`, '--access-token-ttl', '1m'],
      ...['--post-logout-redirect-uri', `${url}/`],
      ...['--backchannel-logout-uri', `${url}/logout/connect/back-channel/gatehouse`],
    )
    const env = { ISSUER: connection.issuer, CLIENT_ID: client.id, CLIENT_SECRET: client.secret, PORT: String(port) }
    await startSpring(connection, await installSpring(connection), { port, env })

    const application = await WebApplication.open({
      connection,
      client,
      url,
      begin: page => page.goto(`${url}/oauth2/authorization/gatehouse`),
      async signOut(page) {
        await page.goto(`${url}/logout`)
        await page.getByRole('button', { name: 'Log Out' }).click()
      },
    })
    await application.signsIn()
    await application.refreshes()
    await application.signsOut()
    await application.isSignedOutByBackChannel()
    await application.showsWrongSecret(/Invalid credentials/)
    await connectPasted(connection)
  },
}

/** Spring Boot 3.5 as resource server, which refuses the token type at+jwt, for people and for machines. */
export const springResourceServer: Program = {
  name: 'spring-resource-server',
  needs: ['java', 'maven'],
  async connect(connection) {
    const { issuer, person } = connection
    const port = await connection.freePort()
    const api = `http://localhost:${port}`
    const resource = [
      'resources',
      'add',
      api,
      '--name',
      'The Spring API',
      '--scope',
      'notes:read',
      '--token-type',
      'JWT',
    ]
    await connection.provider.command(...resource)
    const scopes = ['--scope', 'profile', '--scope', 'roles', '--scope', 'notes:read']
    const redirectUri = `${api}/callback`
    const web = await connection.register('--profile', 'web', '--redirect-uri', redirectUri, ...scopes)
    const machine = await connection.register('--profile', 'machine', '--scope', 'notes:read')
    const env = { ISSUER: issuer, AUDIENCE: api, PORT: String(port) }
    await startSpring(connection, await installSpring(connection), { port, env })
    const call = async (path: string, token: string) => {
      const answer = await fetch(`${api}${path}`, { headers: { authorization: `Bearer ${token}` } })
      return answer.status
    }

    await connection.check('accepts the token of a person with a role and a scope', async () => {
      const application = await Application.connect({ issuer, redirectUri, ...web })
      const page = await connection.open()
      const request = { resource: api, scope: 'openid profile roles notes:read' }
      const tokens = await application.signIn(page, () => signIn(page, issuer, person), request)
      assert.equal(await call('/', tokens.access_token), 200)
      for (const path of ['/editors', '/notes']) assert.equal(await call(path, tokens.access_token), 200, path)
      assert.equal(await call('/', tokens.id_token ?? ''), 401, 'an ID token')
    })
    await connection.check('accepts the token of a machine, which has no roles', async () => {
      const { access_token: token } = await tokenOf(issuer, machine)
      assert.equal(await call('/', token), 200)
      assert.equal(await call('/notes', token), 200)
      assert.equal(await call('/editors', token), 403)
    })
  },
}

/** With the configuration that Gatehouse prints, which signs in on every page. */
async function connectPasted(connection: Connection): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('spring-boot', '--url', url)
  const app = 'src/main/java/app/App.java'
  const cwd = await installSpring(connection, {
    app: 'spring-preset',
    files: { [app]: await pasted(client, sourceOf('spring-preset', app)) },
  })
  const settings = `${await connection.folder()}/application.yaml`
  await writeFile(settings, printedFor(client, 'application.yaml'))
  await startSpring(connection, cwd, { port, env: { SPRING_CONFIG_LOCATION: settings, SERVER_PORT: String(port) } })
  const application = await WebApplication.open({
    connection,
    client,
    url,
    begin: page => page.goto(url),
    known: page => whatIsShown(page, `${url}/`),
    signOut,
    signedOut: page => page.waitForURL(`${connection.issuer}/interaction/**`),
  })
  await application.signsIn('as pasted')
  await application.signsOut('as pasted')
  await application.isSignedOutByBackChannel('as pasted')

  async function signOut(page: Page) {
    await page.goto(`${url}/logout`)
    await page.getByRole('button', { name: 'Log Out' }).click()
  }
}

function installSpring(
  connection: Connection,
  { app, files }: { app?: string; files?: Record<string, string> } = {},
): Promise<string> {
  const from = ['pom.xml', 'src/**/*.*']
  return connection.build({ from, run: [['mvn', '-B', '-q', 'package']], files }, app)
}

function startSpring(
  connection: Connection,
  cwd: string,
  { port, env }: { port: number; env: Record<string, string> },
): Promise<void> {
  const args = ['-XX:TieredStopAtLevel=1', '-jar', 'target/app.jar']
  return connection.start(findProgram('java') ?? '', args, { cwd, port, env })
}

async function tokenOf(issuer: string, { id, secret }: Client): Promise<{ access_token: string }> {
  const authorization = `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
  const body = new URLSearchParams({ grant_type: 'client_credentials' })
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body })
  return answer.json() as Promise<{ access_token: string }>
}
