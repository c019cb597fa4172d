import type { ExecutionContext } from 'ava'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { openChromium } from '../support/chromium.ts'
import type { Gatehouse } from '../support/gatehouse.ts'
import { makePerson, type Person } from '../support/people.ts'

/** A person on the security page of their account, in Chromium. */
export class SecurityPage {
  readonly gatehouse: Gatehouse
  readonly page: Page
  readonly person: Person
  readonly complaints: string[]

  private constructor(gatehouse: Gatehouse, page: Page, person: Person, complaints: string[]) {
    this.gatehouse = gatehouse
    this.page = page
    this.person = person
    this.complaints = complaints
  }

  static async open(
    t: ExecutionContext,
    gatehouse: Gatehouse,
    options: BrowserContextOptions = {},
  ): Promise<SecurityPage> {
    t.timeout(120_000)
    const { page, complaints } = await openChromium(t, options)
    const person = await makePerson(gatehouse)
    await page.goto(`${gatehouse.url}/account/security`)
    await page.locator('[name=email]').fill(person.email)
    await page.locator('[name=password]').fill(person.password)
    await page.locator('[name=password]').press('Enter')
    await page.locator('#passkeys').waitFor()
    return new SecurityPage(gatehouse, page, person, complaints)
  }

  get rows() {
    return this.page.locator('.choices > li:has([action*="/account/passkeys/"])')
  }

  /** Presses the button; the caller checks the result. */
  async add(): Promise<void> {
    await this.page.getByRole('button', { name: 'Add a passkey' }).click()
  }

  /** Adds the first passkey, and leaves the page with the recovery codes that come with it. */
  async addFirst(): Promise<void> {
    await this.add()
    await this.page.getByRole('link', { name: 'I have put them away' }).click()
    await this.rows.first().waitFor()
  }
}
