import type { Page } from 'playwright-core'
import type { Program } from '../kit/connection.ts'
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

    const pasted = await pasteDjango(connection, ways)
    await pasted.signsIn('as pasted')
    await pasted.losesRole('as pasted')
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
