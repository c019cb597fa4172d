import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Connection, Program } from '../kit/connection.ts'
import { printedFor } from '../kit/pasting.ts'
import type { Preset } from '../kit/provider.ts'
import { startUpstream, type Upstream } from '../kit/upstream.ts'
import { WebApplication } from '../kit/web-application.ts'

/**
 * OAuth2 Proxy in front of an application, which learns from headers who is signed in. Without an option it sends neither
 * PKCE nor a nonce, so that it is configured as Gatehouse prints.
 */
export const oauth2Proxy: Program = {
  name: 'oauth2-proxy',
  needs: ['go'],
  async connect(connection) {
    const build = ['go', 'build', '-o', 'oauth2-proxy', 'github.com/oauth2-proxy/oauth2-proxy/v7']
    const cwd = await connection.build({ from: ['go.mod', 'go.sum'], run: [build] })
    const upstream = await startUpstream()
    try {
      const application = await openConfigured(connection, cwd, upstream)
      await application.signsIn()
      await connection.check('refreshes its tokens', async () => {
        const token = async () => (await application.json<Headers>('/'))['x-forwarded-access-token']
        const before = await token()
        await sleep(REFRESH_AFTER + 1000)
        assert.notEqual(await token(), before)
      })
      await application.signsOut()
      await application.showsWrongSecret(/Internal Server Error/)
      await isRefusedWithoutPkce(connection, cwd, upstream)
    } finally {
      upstream.close()
    }
  },
}

type Headers = Record<string, string>

/** Milliseconds after which the proxy refreshes the tokens of a session that is used. */
const REFRESH_AFTER = 2000

const SCOPES = ['openid', 'profile', 'email', 'roles', 'offline_access']

async function openConfigured(connection: Connection, cwd: string, upstream: Upstream): Promise<WebApplication> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const scopes = SCOPES.flatMap(scope => ['--scope', scope])
  const preset = await connection.preset('oauth2-proxy', '--url', url, ...scopes)
  await startProxy(connection, cwd, { port, preset, upstream })
  const known = async (page: Page) => {
    const answer = await page.request.get(`${url}/oauth2/userinfo`)
    const { email, groups } = answer.ok() ? await answer.json() : {}
    return { email, roles: groups }
  }
  return WebApplication.open({
    connection,
    client: preset,
    url,
    begin: page => page.goto(url),
    known,
    signOut: page => page.goto(printedFor(preset, 'The address of “Sign out”')),
    // The application behind the proxy is for people who are signed in: the proxy sends everyone else to sign in.
    signedOut: page => page.waitForURL(`${connection.issuer}/interaction/**`),
  })
}

async function startProxy(
  connection: Connection,
  cwd: string,
  { port, preset, upstream }: { port: number; preset: Preset; upstream: Upstream },
): Promise<void> {
  const configuration = printedFor(preset, 'oauth2-proxy.cfg', {
    '127.0.0.1:4180': `127.0.0.1:${port}`,
    'http://127.0.0.1:8080/': upstream.url,
    'cookie_secret = ""': `cookie_secret = "${randomBytes(16).toString('hex')}"`,
  })
  const options = [
    'cookie_secure = false',
    'pass_access_token = true',
    `cookie_refresh = "${REFRESH_AFTER}ms"`,
    'allowed_groups = ["editor"]',
  ]
  const file = `${await connection.folder()}/oauth2-proxy.cfg`
  await writeFile(file, [configuration, ...options].join('\n'))
  await connection.start(`${cwd}/oauth2-proxy`, ['--config', file], { cwd, port })
}

/** As its documentation begins, without an option for PKCE. */
async function isRefusedWithoutPkce(connection: Connection, cwd: string, upstream: Upstream): Promise<void> {
  const port = await connection.freePort()
  const callback = `http://localhost:${port}/oauth2/callback`
  const client = await connection.register('--profile', 'web', '--redirect-uri', callback)
  const flags = {
    provider: 'oidc',
    'oidc-issuer-url': connection.issuer,
    'client-id': client.id,
    'client-secret': client.secret,
    'redirect-url': callback,
    'email-domain': '*',
    upstream: upstream.url,
    'http-address': `127.0.0.1:${port}`,
    'cookie-secret': randomBytes(16).toString('hex'),
    'cookie-secure': 'false',
  }
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
  await connection.start(`${cwd}/oauth2-proxy`, args, { cwd, port })
  await connection.check('is refused without PKCE and nonce, and the log names its option', async () => {
    const since = connection.provider.log.length
    const page = await connection.open()
    const answer = await page.goto(`http://localhost:${port}/oauth2/start`)
    assert.equal(answer?.status(), 403)
    await connection.logs(since, client, /OAuth2 Proxy: set code_challenge_method/)
  })
}
