import type { Page } from 'playwright-core'
import type { Person } from './provider.ts'

/** Goes through the pages of Gatehouse: signs in and allows, as far as it asks. Ends back at the application. */
export async function signIn(page: Page, issuer: string, { email, password }: Person): Promise<void> {
  const field = page.locator('[name=password]')
  const allow = page.getByRole('button', { name: 'Allow', exact: true })
  await page.waitForURL(`${issuer}/**`)
  for (;;) {
    await Promise.race([field.or(allow).waitFor(), left(page, issuer)])
    if (!page.url().startsWith(`${issuer}/`)) return
    const next = navigates(page)
    if (await allow.isVisible()) await allow.click()
    else {
      await page.locator('[name=email]').fill(email)
      await field.fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
    await next
  }
}

/** Signs out at Gatehouse itself, as in another tab of the same browser. */
export async function signOutAt(page: Page, issuer: string): Promise<void> {
  await page.goto(`${issuer}/session/end`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { name: /signed out/i }).waitFor()
}

/**
 * Begins to sign out, and confirms the question whether to sign out, if it is asked.
 * @param end where the person ends, and what they do there
 */
export async function signOut(
  page: Page,
  issuer: string,
  { begin, end }: { begin: () => Promise<unknown>; end: () => Promise<unknown> },
): Promise<void> {
  const confirm = page.getByRole('button', { name: 'Sign out', exact: true })
  await Promise.all([navigates(page), begin()])
  const ended = end()
  await Promise.race([confirm.waitFor(), ended])
  if (page.url().startsWith(`${issuer}/`) && (await confirm.isVisible())) await confirm.click()
  await ended
}

/** Until the browser shows an address that is not of Gatehouse. */
function left(page: Page, issuer: string): Promise<void> {
  return page.waitForURL(url => url.origin !== issuer)
}

function navigates(page: Page): Promise<unknown> {
  return page.waitForEvent('framenavigated', frame => frame === page.mainFrame())
}
