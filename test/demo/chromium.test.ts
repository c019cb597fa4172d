import test from 'ava'
import { accessibilityProblems } from '../support/axe.ts'
import { hasChromium, openChromium, showsHeading, showsStatus } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { PASSWORD } from '../support/people.ts'
import { waitFor } from '../support/wait-for.ts'
import { startDemoAt } from './registered-demo.ts'

const inChromium = test.runIf(hasChromium)

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with' : 'without'
  inChromium(
    `in a browser ${how} JavaScript a person can register, allow access, call the API, refresh and revoke tokens, and sign out`,
    async t => {
      const gatehouse = await startGatehouse()
      t.teardown(() => gatehouse.stop())
      const demo = await startDemoAt(gatehouse)
      t.teardown(() => demo.close())
      const { page, complaints } = await openChromium(t, { javaScriptEnabled })

      await page.goto(demo.url)
      await page.getByRole('link', { name: 'Sign in with Gatehouse' }).click()
      await page.getByRole('link', { name: 'Create an account' }).click()
      await page.locator('[name=name]').fill('Ada')
      await page.locator('[name=email]').fill('ada@example.org')
      await page.locator('[name=password]').fill(PASSWORD)
      await page.getByRole('button', { name: 'Create account' }).click()
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(`${demo.url}/`)
      await showsHeading(page, 'Ada')

      await page.getByRole('button', { name: 'Call the API' }).click()
      await showsStatus(page, /The API answered 200.*subscriber/s)
      await page.getByRole('button', { name: 'Refresh tokens' }).click()
      await showsStatus(page, /Tokens refreshed/)
      await page.getByRole('button', { name: 'Revoke the access token' }).click()
      await showsStatus(page, /Access token revoked/)
      await waitFor(async () => {
        await page.getByRole('button', { name: 'Call the API' }).click()
        await showsStatus(page, /The API answered/)
        return (await page.getByRole('status').textContent())?.includes('the token was revoked')
      })
      for (const colorScheme of javaScriptEnabled ? (['light', 'dark'] as const) : []) {
        await page.emulateMedia({ colorScheme })
        t.deepEqual(await accessibilityProblems(page), [], colorScheme)
      }
      await page.getByRole('link', { name: 'Sign in again' }).click()
      await page.getByRole('button', { name: 'Allow', exact: true }).click()
      await page.waitForURL(`${demo.url}/`)
      await page.getByRole('button', { name: 'Revoke the access token' }).waitFor()
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByRole('link', { name: 'Sign in with Gatehouse' }).waitFor()
      t.is(page.url(), `${demo.url}/`)
      await showsHeading(page, 'An application that keeps no passwords')
      t.deepEqual(complaints, [], 'no request failed or was blocked by the policy')
    },
  )
}
