import type { Page } from 'playwright-core'
import type { Connection, Program } from '../kit/connection.ts'
import { pasteNodeApp, startNodeApp } from '../kit/node-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** passport-openidconnect, which knows neither PKCE nor, in its documentation, a nonce. */
export const passport: Program = {
  name: 'passport',
  needs: ['npm'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--pkce', 'off'],
      ...['--redirect-uri', `${url}/cb`, '--post-logout-redirect-uri', `${url}/`],
    )
    const env = { ISSUER: connection.issuer, CLIENT_ID: client.id, CLIENT_SECRET: client.secret, URL: url }
    await startNodeApp(connection, { port, env })

    const application = await WebApplication.open({ connection, client, url })
    await application.signsIn()
    await application.signsOut()
    await application.showsWrongSecret(/client authentication failed/)
    await connectPasted(connection)
  },
}

/** With the code that Gatehouse prints. */
async function connectPasted(connection: Connection): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('passport-openidconnect', '--url', url)
  await pasteNodeApp(connection, client, { port })
  const begin = (page: Page) => page.goto(`${url}/sign-in`)
  const application = await WebApplication.open({ connection, client, url, begin })
  await application.signsIn('as pasted')
}
