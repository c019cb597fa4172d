import assert from 'node:assert/strict'
import { chmod, cp } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { findProgram } from '../../test/support/programs.ts'
import type { Connection, Program } from '../kit/connection.ts'
import { paste, printedFor } from '../kit/pasting.ts'
import { WebApplication, whatIsShown } from '../kit/web-application.ts'

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
    await startApache(connection, await apacheFolder(connection), {
      port,
      env: {
        CONFIGURATION: 'documented.conf',
        ISSUER: connection.issuer,
        CLIENT_ID: client.id,
        CLIENT_SECRET: client.secret,
      },
    })

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
    await connectPasted(connection)
  },
}

/** With the configuration that Gatehouse prints, which protects the whole site. */
async function connectPasted(connection: Connection): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('mod-auth-openidc', '--url', url)
  const folder = await apacheFolder(connection)
  await paste(client, `${folder}/preset.conf`, `${folder}/pasted.conf`, {
    'The virtual host in Apache': { 'OIDCCryptoPassphrase ""': 'OIDCCryptoPassphrase "of this application alone"' },
  })
  await startApache(connection, folder, { port, env: { CONFIGURATION: 'pasted.conf' } })
  const application = await WebApplication.open({
    connection,
    client,
    url,
    begin: page => page.goto(`${url}/known/`),
    known: page => whatIsShown(page, `${url}/known/`).then(parted),
    signOut: page => page.goto(printedFor(client, 'The address of “Sign out”')),
    signedOut: page => page.waitForURL(`${connection.issuer}/interaction/**`),
  })
  await application.signsIn('as pasted')
  await application.signsOut('as pasted')
  await application.isSignedOutByBackChannel('as pasted')
}

/** Apache reads its files as another user, who cannot read the cache. */
async function apacheFolder(connection: Connection): Promise<string> {
  const source = await connection.build({ from: [], run: [] })
  const folder = await connection.folder()
  await cp(source, folder, { recursive: true })
  await chmod(folder, 0o755)
  return folder
}

function startApache(
  connection: Connection,
  folder: string,
  { port, env }: { port: number; env: Record<string, string> },
): Promise<void> {
  const args = ['-f', `${folder}/apache.conf`, '-D', 'FOREGROUND']
  const all = { FOLDER: folder, PORT: String(port), ...env }
  return connection.start(findProgram('apache2') ?? '', args, { cwd: folder, port, env: all })
}

/** Roles come as one text. */
function parted<Claims extends object>({ roles, ...claims }: Claims & { roles?: unknown }) {
  return { ...claims, roles: roles === undefined ? undefined : String(roles).split(',') }
}

async function shown(page: Page, address: string) {
  await page.goto(address)
  return parted<{ email?: string; accessToken?: string }>(JSON.parse((await page.locator('body').textContent()) ?? ''))
}
