import assert from 'node:assert/strict'
import { chmod, cp } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { findProgram } from '../../test/support/programs.ts'
import type { Connection, Program } from '../kit/connection.ts'
import type { Client } from '../kit/provider.ts'
import { WebApplication } from '../kit/web-application.ts'

/** mod_auth_openidc with Apache, which sends a nonce but no PKCE. It lets in by role, and shows its claims to a page. */
export const modAuthOpenidc: Program = {
  name: 'mod-auth-openidc',
  needs: ['apache'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const hook = `${url}/secure/redirect_uri`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', hook, '--post-logout-redirect-uri', `${url}/`],
      ...['--backchannel-logout-uri', `${hook}?logout=backchannel`],
    )
    await startApache(connection, client, port)

    const known = (page: Page) => shown(page, `${url}/known/`)
    const application = await WebApplication.open({
      connection,
      client,
      url,
      begin: page => page.goto(`${url}/secure/`),
      known,
      signOut: page => page.goto(`${hook}?logout=${encodeURIComponent(`${url}/`)}`),
    })
    const { page } = application
    await application.signsIn()
    await connection.check('lets in by role', async () => {
      assert.equal((await page.goto(`${url}/editors/`))?.status(), 200)
    })
    await connection.check('refreshes its tokens', async () => {
      const before = await known(page)
      await page.goto(`${hook}?refresh=${encodeURIComponent(`${url}/`)}&access_token=${before.accessToken}`)
      assert.equal(page.url(), `${url}/`)
      assert.notEqual((await known(page)).accessToken, before.accessToken)
    })
    await application.signsOut()
    await application.isSignedOutByBackChannel()
    await application.showsWrongSecret(/Error/)
  },
}

/** Apache reads its files as another user, who cannot read the cache. */
async function startApache(connection: Connection, client: Client, port: number): Promise<void> {
  const source = await connection.build({ from: [], run: [] })
  const folder = await connection.folder()
  await cp(source, folder, { recursive: true })
  await chmod(folder, 0o755)
  const env = {
    FOLDER: folder,
    PORT: String(port),
    ISSUER: connection.issuer,
    CLIENT_ID: client.id,
    CLIENT_SECRET: client.secret,
  }
  const args = ['-f', `${folder}/apache.conf`, '-D', 'FOREGROUND']
  await connection.start(findProgram('apache2') ?? '', args, { cwd: folder, port, env })
}

async function shown(page: Page, address: string) {
  await page.goto(address)
  const { email, roles, accessToken } = JSON.parse((await page.locator('body').textContent()) ?? '')
  return { email, roles: roles?.split(','), accessToken }
}
