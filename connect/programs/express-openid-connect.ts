import type { Connection, Program } from '../kit/connection.ts'
import { pasteNodeApp, startNodeApp } from '../kit/node-app.ts'
import { WebApplication, whatIsShown } from '../kit/web-application.ts'

const SECRET = 'of this application alone, with at least 32 characters'

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
    await connectPasted(connection)
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
    SECRET,
  }
  await startNodeApp(connection, { port, env, script })
  return WebApplication.open({ connection, client, url })
}

/** With the code that Gatehouse prints, which asks for a sign-in on every page. */
async function connectPasted(connection: Connection): Promise<void> {
  const port = await connection.freePort()
  const url = `http://localhost:${port}`
  const client = await connection.preset('express-openid-connect', '--url', url)
  await pasteNodeApp(connection, client, { port, env: { SESSION_SECRET: SECRET } })
  const application = await WebApplication.open({
    connection,
    client,
    url,
    begin: page => page.goto(url),
    known: page => whatIsShown(page, `${url}/`),
    signedOut: page => page.waitForURL(`${connection.issuer}/interaction/**`),
  })
  await application.signsIn('as pasted')
  await application.signsOut('as pasted')
  await application.isSignedOutByBackChannel('as pasted')
}
