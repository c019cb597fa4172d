import type { Connection, Program } from '../kit/connection.ts'
import { startNodeApp } from '../kit/node-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** Auth0's middleware for Express: with the authorization code flow, and as its first example has it. */
export const expressOpenidConnect: Program = {
  name: 'express-openid-connect',
  needs: ['npm'],
  async connect(connection) {
    const application = await open(connection, { script: 'app.js' })
    await application.signsIn()
    await application.refreshes()
    await application.signsOut()
    await application.isSignedOutByBackChannel()
    await application.showsWrongSecret(/challenge in the WWW-Authenticate/)

    const basic = await open(connection, { script: 'basic.js', options: ['--response-type', 'id_token'] })
    await basic.signsIn('by an ID token in a posted form (response type id_token)')
  },
}

async function open(connection: Connection, { script, options = [] }: { script: string; options?: string[] }) {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.register(
    ...['--profile', 'web', '--redirect-uri', `${url}/callback`, '--post-logout-redirect-uri', url],
    ...['--backchannel-logout-uri', `${url}/backchannel-logout`, ...options],
  )
  const env = {
    ISSUER_BASE_URL: connection.issuer,
    CLIENT_ID: client.id,
    CLIENT_SECRET: client.secret,
    BASE_URL: url,
    SECRET: 'of this application alone, with at least 32 characters',
  }
  await startNodeApp(connection, { port, env, script })
  return WebApplication.open({ connection, client, url })
}
