import { mkdir } from 'node:fs/promises'
import type { Connection, Program } from '../kit/connection.ts'
import { paste, printedParts } from '../kit/pasting.ts'
import { WebApplication } from '../kit/web-application.ts'

/** go-oidc with golang.org/x/oauth2, in an application that sends PKCE and a nonce. */
export const goOidc: Program = {
  name: 'go-oidc',
  needs: ['go'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/callback`, '--post-logout-redirect-uri', `${url}/`],
    )
    const cwd = await connection.build({ from: ['*.*'], run: [['go', 'build', '-o', 'app', '.']] })
    const env = {
      ISSUER: connection.issuer,
      CLIENT_ID: client.id,
      CLIENT_SECRET: client.secret,
      URL: url,
      PORT: String(port),
    }
    await connection.start(`${cwd}/app`, [], { cwd, port, env })

    const application = await WebApplication.open({ connection, client, url })
    await application.signsIn()
    await application.refreshes()
    await application.signsOut()
    await application.showsWrongSecret(/Failed to exchange token.*client authentication failed/)
    await connectPasted(connection, cwd)
  },
}

/** With the code that Gatehouse prints. */
async function connectPasted(connection: Connection, cwd: string): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('go-oidc', '--url', url)
  await mkdir(`${cwd}/pasted`, { recursive: true })
  await paste(printedParts(client, 'The code'), `${cwd}/preset/main.go`, `${cwd}/pasted/main.go`)
  await connection.run(['go', 'build', '-o', 'pasted-app', './pasted'], cwd)
  await connection.start(`${cwd}/pasted-app`, [], { cwd, port, env: { PORT: String(port) } })
  const application = await WebApplication.open({ connection, client, url })
  await application.signsIn('as pasted')
}
