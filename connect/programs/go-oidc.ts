import type { Program } from '../kit/connection.ts'
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
    const cwd = await connection.build({ from: ['*'], run: [['go', 'build', '-o', 'app', '.']] })
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
  },
}
