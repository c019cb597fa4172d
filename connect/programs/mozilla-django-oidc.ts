import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Program } from '../kit/connection.ts'
import { pasteDjango, startDjango } from '../kit/python-app.ts'
import { WebApplication } from '../kit/web-application.ts'

/** The application renews its session after three seconds. */
const EXPIRY = 3000

/** mozilla-django-oidc, which sends a nonce but no PKCE, and renews its session with prompt=none. */
export const mozillaDjangoOidc: Program = {
  name: 'mozilla-django-oidc',
  needs: ['python'],
  async connect(connection) {
    const port = await connection.freePort()
    const url = `http://localhost:${port}`
    const client = await connection.register(
      ...['--profile', 'web', '--redirect-uri', `${url}/oidc/callback/`, '--post-logout-redirect-uri', `${url}/`],
    )
    await startDjango(connection, client, port)

    const application = await WebApplication.open({ connection, client, ...ways(url) })
    await application.signsIn()
    await connection.check('renews its session without asking', async () => {
      await sleep(EXPIRY)
      const silent = application.page.waitForRequest(request => request.url().includes('prompt=none'))
      assert.equal((await application.known()).email, connection.person.email)
      await silent
    })
    await application.signsOut()
    await application.showsWrongSecret(/Server Error/)

    const pasted = await pasteDjango(connection, ways)
    await pasted.signsIn('as pasted')
    await pasted.signsOut('as pasted')
    await pasted.losesRole('as pasted')
  },
}

/** How a person uses the application. */
const ways = (url: string) => ({
  url,
  async begin(page: Page) {
    await page.goto(`${url}/menu`)
    await page.getByRole('link', { name: 'Sign in' }).click()
  },
  async signOut(page: Page) {
    await page.goto(`${url}/menu`)
    await page.getByRole('button', { name: 'Sign out' }).click()
  },
})
