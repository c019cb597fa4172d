import type { Program } from '../kit/connection.ts'
import { beginNextAuth, pasteNextApp } from '../kit/next-app.ts'
import { installNode, startNodeApp } from '../kit/node-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** Auth.js, which is what NextAuth became, with Express. It does not refresh tokens, and signs out only of itself. */
export const authjs: Program = {
  name: 'authjs',
  needs: ['npm'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/auth/callback/gatehouse`],
      ...['--post-logout-redirect-uri', `${url}/auth/signout`],
    )
    const env = { ISSUER: connection.issuer, CLIENT_ID: client.id, CLIENT_SECRET: client.secret, URL: url }
    await startNodeApp(connection, { port, env })

    const application = await WebApplication.open({
      connection,
      client,
      url,
      begin: page => beginNextAuth(page, `${url}/auth`),
      async signedOut(page) {
        await page.waitForURL(`${url}/auth/signout`)
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.waitForURL(`${url}/`)
      },
    })
    await application.signsIn()
    await application.signsOut()
    await application.showsWrongSecret(/problem with the server configuration/)
    const pasted = await pasteNextApp(connection, await installNode(connection, 'authjs-next'), {
      preset: 'authjs',
      secret: 'AUTH_SECRET',
      file: 'auth.js',
      known: '/known',
    })
    await pasted.signsIn('as pasted into an application made with Next.js')
  },
}
