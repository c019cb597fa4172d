import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import type { Connection, Program } from '../kit/connection.ts'
import { paste, printedFor, printedParts } from '../kit/pasting.ts'
import { WebApplication } from '../kit/web-application.ts'

/** The crate openidconnect, in an application that sends PKCE and a nonce. */
export const openidconnectRs: Program = {
  name: 'openidconnect-rs',
  needs: ['cargo'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/callback`, '--post-logout-redirect-uri', `${url}/`],
    )
    const cwd = await connection.build({
      from: ['Cargo.*', 'src/*'],
      run: [['cargo', 'build', '--locked', '--quiet', '--bin', 'app']],
    })
    const env = {
      ISSUER: connection.issuer,
      CLIENT_ID: client.id,
      CLIENT_SECRET: client.secret,
      URL: url,
      PORT: String(port),
    }
    await connection.start(`${cwd}/target/debug/app`, [], { cwd, port, env })

    const application = await WebApplication.open({ connection, client, url })
    await application.signsIn()
    await application.refreshes()
    await application.signsOut()
    await application.showsWrongSecret(/client authentication failed/)
    await connectPasted(connection, cwd)
  },
}

/** With the code that Gatehouse prints. */
async function connectPasted(connection: Connection, cwd: string): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('openidconnect-rs', '--url', url)
  const manifest = await readFile(`${cwd}/Cargo.toml`, 'utf8')
  assert.ok(manifest.includes(printedFor(client, 'Cargo.toml')), 'the manifest has the dependencies that are printed')
  await mkdir(`${cwd}/src/bin`, { recursive: true })
  await paste(printedParts(client, 'The code'), `${cwd}/preset/main.rs`, `${cwd}/src/bin/pasted.rs`)
  await connection.run(['cargo', 'build', '--locked', '--quiet', '--bin', 'pasted'], cwd)
  await connection.start(`${cwd}/target/debug/pasted`, [], { cwd, port, env: { PORT: String(port) } })
  const application = await WebApplication.open({ connection, client, url })
  await application.signsIn('as pasted')
}
