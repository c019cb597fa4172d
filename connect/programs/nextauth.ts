import type { Program } from '../kit/connection.ts'
import { beginNextAuth, NEXT, pasteNextApp } from '../kit/next-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** NextAuth 4 in an application made with Next.js. It does not refresh tokens, and signs out only of itself. */
export const nextauth: Program = {
  name: 'nextauth',
  needs: ['npm'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/api/auth/callback/gatehouse`],
      ...['--post-logout-redirect-uri', `${url}/api/auth/signout`],
    )
    const env = {
      ISSUER: connection.issuer,
      CLIENT_ID: client.id,
      CLIENT_SECRET: client.secret,
      NEXTAUTH_URL: url,
      NEXTAUTH_SECRET: 'of this application alone',
    }
    const cwd = await connection.build({
      from: ['package.json', 'package-lock.json', 'options.js', 'pages/**/*.js'],
      run: [
        ['npm', 'ci'],
        [process.execPath, NEXT, 'build'],
      ],
      env: { NEXT_TELEMETRY_DISABLED: '1' },
    })
    await connection.start(process.execPath, [NEXT, 'start', '--port', String(port)], { cwd, port, env })

    const application = await WebApplication.open({
      connection,
      client,
      url,
      begin: page => beginNextAuth(page, `${url}/api/auth`),
      known: async page => (await page.goto(`${url}/api/known`))?.json(),
      signOut: page => page.goto(`${url}/api/logout`),
      async signedOut(page) {
        await page.waitForURL(`${url}/api/auth/signout`)
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.waitForURL(`${url}/`)
      },
    })
    await application.signsIn()
    await application.signsOut()
    await application.showsWrongSecret(/Try signing in with a different account/)
    const pasted = await pasteNextApp(connection, cwd, {
      preset: 'next-auth',
      secret: 'NEXTAUTH_SECRET',
      file: 'options.js',
      known: '/api/known',
    })
    await pasted.signsIn('as pasted')
  },
}
