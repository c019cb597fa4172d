import type { Page } from 'playwright-core'
import { awaited } from '../support/awaited.ts'

/** Opens the newest letter of the mailbox and follows its link, as a person would; says yes on the page it leads to. */
export async function followLetter(
  page: Page,
  url: string,
  look: (name: string) => Promise<void> = async () => {},
): Promise<void> {
  await openMailbox(page, url, /./)
  await look('mailbox')
  await page.locator('.letters a').first().click()
  await look('mailbox-letter')
  await page.goto(await linkOf(page))
  await look('verify')
  await page.locator('button[value=confirm]').click()
}

/** Where the letter leads that signs in, once it has come. */
export async function newestLink(page: Page, url: string, subject: RegExp): Promise<string> {
  await openMailbox(page, url, subject)
  await page.locator('.letters a', { hasText: subject }).first().click()
  return linkOf(page)
}

async function openMailbox(page: Page, url: string, subject: RegExp): Promise<void> {
  await awaited(
    async () => {
      await page.goto(`${url}/mailbox`)
      return (await page.locator('.letters a', { hasText: subject }).count()) > 0
    },
    { what: () => 'no letter has come' },
  )
}

async function linkOf(page: Page): Promise<string> {
  return (await page.locator('.letter-text a').first().getAttribute('href')) ?? ''
}
