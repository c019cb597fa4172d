import type { Page } from 'playwright-core'
import { systemClock } from '../../src/base/clock.ts'
import { Authenticator } from '../support/authenticator.ts'
import { PASSWORD } from '../support/people.ts'

/** A superuser must have a second factor: they add one at sign-in, and report it as lost at the next one. */
export async function enrolAndLose(
  page: Page,
  { url, email }: { url: string; email: string },
  look: (name: string) => Promise<void>,
): Promise<void> {
  const type = async (fields: Record<string, string>) => {
    for (const [name, value] of Object.entries(fields)) await page.locator(`[name=${name}]`).fill(value)
    await page.locator(`[name=${Object.keys(fields).at(-1)}]`).press('Enter')
  }
  const signIn = async () => {
    await page.context().clearCookies()
    await page.goto(`${url}/account`)
    await type({ email, password: PASSWORD })
  }

  await signIn()
  await look('factor-setup')
  const phone = new Authenticator((await page.locator('.key code').textContent()) ?? '', systemClock)
  await type({ code: phone.code() })
  await look('recovery-codes')
  await page.locator('form .button').click()

  await signIn()
  await page.locator('.more summary').last().click()
  await page.locator('.more .button').last().click()
  await look('lost-factors')
}
