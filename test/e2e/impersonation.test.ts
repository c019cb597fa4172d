import test from 'ava'
import type { Page } from 'playwright-core'
import { accessibilityProblems } from '../support/axe.ts'
import { hasChromium, openChromium, showsHeading } from '../support/chromium.ts'
import { startGatehouse } from '../support/gatehouse.ts'
import { impersonationLink, makeAdministrator } from '../support/impersonation.ts'
import { makePerson, type Person } from '../support/people.ts'

const inChromium = test.runIf(hasChromium)

async function signIn(page: Page, { email, password, code }: Person): Promise<void> {
  await page.locator('[name=email]').fill(email)
  await page.locator('[name=password]').fill(password)
  await page.locator('[name=password]').press('Enter')
  await page.locator('[name=code]').fill(code!())
  await page.locator('[name=code]').press('Enter')
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [320, 1280]) {
    inChromium(`the pages of a support session are readable: ${colorScheme}, ${width} pixels`, async t => {
      t.timeout(180_000)
      const gatehouse = await startGatehouse()
      t.teardown(() => gatehouse.stop())
      const [olga, ana] = [await makeAdministrator(gatehouse), await makePerson(gatehouse, { name: 'Ana' })]
      const link = await impersonationLink(gatehouse, olga, ana)
      const { page, complaints } = await openChromium(t, {
        colorScheme,
        viewport: { width, height: 800 },
        javaScriptEnabled: true,
        bypassCSP: true,
      })
      const readable = async (name: string) => {
        t.deepEqual(await accessibilityProblems(page), [], name)
        t.true(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), name)
      }
      await page.goto(gatehouse.url + link)
      await signIn(page, olga)
      await showsHeading(page, 'Act as Ana?')
      await readable('start')
      await page.getByRole('button', { name: 'Start support session' }).click()
      await showsHeading(page, 'Your account')
      const banner = page.getByRole('region', { name: 'Support session' })
      await banner.getByText("You are signed in as Ana for Olga's support session until").waitFor()
      await readable('account')
      await page.goto(`${gatehouse.url}/account/security`)
      await showsHeading(page, "Only the account's owner can do this")
      await readable('refused')
      await banner.getByRole('button', { name: 'End' }).click()
      await showsHeading(page, 'The support session has ended')
      t.is(await banner.count(), 0)
      await readable('ended')
      t.deepEqual(
        complaints.filter(each => !each.includes('403')),
        [],
      )
    })
  }
}
