import type { Page } from 'playwright-core'
import type { Connection, Program } from '../kit/connection.ts'
import { pasteDjango, startDjango } from '../kit/python-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** Python Social Auth with Django, which sends a nonce but no PKCE. */
export const pythonSocialAuth: Program = {
  name: 'python-social-auth',
  needs: ['python'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/complete/oidc/`, '--post-logout-redirect-uri', `${url}/`],
    )
    await startDjango(connection, client, port)

    const application = await WebApplication.open({ connection, client, ...ways(url) })
    await application.signsIn()
    await application.refreshes()
    await application.signsOut()
    await application.showsWrongSecret(/Server Error/)
    await connectPasted(connection)
  },
}

/** How a person uses the application. */
const ways = (url: string) => ({
  url,
  async begin(page: Page) {
    await page.goto(`${url}/menu`)
    await page.getByRole('button', { name: 'Sign in' }).click()
  },
})

/** With the settings that Gatehouse prints. */
async function connectPasted(connection: Connection): Promise<void> {
  const url = `http://localhost:${await connection.freePort()}`
  const client = await connection.preset('python-social-auth', '--url', url)
  const application = await pasteDjango(connection, client, ways(url))
  await application.signsIn('as pasted')
  await application.losesRole('as pasted')
}
