import type { Page } from 'playwright-core'
import type { Program } from '../kit/connection.ts'
import { pasteDjango, startDjango } from '../kit/python-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** django-allauth, which sends neither PKCE nor a nonce unless told so, and does not refresh tokens. */
export const djangoAllauth: Program = {
  name: 'django-allauth',
  needs: ['python'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--pkce', 'off', '--redirect-uri', `${url}/accounts/oidc/gatehouse/login/callback/`],
      ...['--post-logout-redirect-uri', `${url}/`],
    )
    await startDjango(connection, client, port)

    const application = await WebApplication.open({ connection, client, ...ways(url) })
    await application.signsIn()
    await application.signsOut()
    await application.showsWrongSecret(/Third-Party Login Failure/)

    const pasted = await pasteDjango(connection, ways)
    await pasted.signsIn('as pasted')
    await pasted.losesRole('as pasted')
  },
}

/** How a person uses the application. */
const ways = (url: string) => ({
  url,
  async begin(page: Page) {
    await page.goto(`${url}/accounts/oidc/gatehouse/login/`)
    await page.getByRole('button', { name: 'Continue' }).click()
  },
})
