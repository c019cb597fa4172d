import type { Page } from 'playwright-core'
import { waitFor } from '../support/wait-for.ts'

/** Opens the newest email of the mailbox and follows its link, as a person would; confirms on the page that opens. */
export async function followEmail(
  page: Page,
  url: string,
  look: (name: string) => Promise<void> = async () => {},
): Promise<void> {
  await openMailbox(page, url, /./)
  await look('mailbox')
  await page.locator('.emails a').first().click()
  await look('mailbox-email')
  await page.goto(await linkOf(page))
  await look('verify')
  await page.locator('button[value=confirm]').click()
}

/** The link in the newest email with this subject, once it has arrived. */
export async function newestLink(page: Page, url: string, subject: RegExp): Promise<string> {
  await openMailbox(page, url, subject)
  await page.locator('.emails a', { hasText: subject }).first().click()
  return linkOf(page)
}

async function openMailbox(page: Page, url: string, subject: RegExp): Promise<void> {
  await waitFor(
    async () => {
      await page.goto(`${url}/mailbox`)
      return (await page.locator('.emails a', { hasText: subject }).count()) > 0
    },
    { what: () => 'no email has arrived' },
  )
}

async function linkOf(page: Page): Promise<string> {
  return (await page.locator('.email-text a').first().getAttribute('href')) ?? ''
}
