import type { Page } from 'playwright-core'
import { gatehouse } from '../support/command.ts'
import { PASSWORD } from '../support/people.ts'
import type { Started } from './npm-start.ts'

export interface UpstreamTour extends Started {
  env: Record<string, string>
  /** Example Upstream's address. */
  upstream: string
}

const [VERIFIED, UNVERIFIED] = ['upstream-mira', 'upstream-noor']
const MIRA = 'mira@upstream.example'

/**
 * Visits every page of signing in with a provider, in any language and without needing scripts, as
 * `tour` does the others. Afterwards Mira has an account that is connected.
 */
export async function upstreamTour(
  page: Page,
  at: UpstreamTour,
  inspect: (name: string) => Promise<void>,
): Promise<void> {
  const look = async (name: string) => {
    await page.waitForLoadState()
    await inspect(name)
  }
  const press = (selector: string) => page.locator(selector).first().click()
  const set = (name: string, value: string) => page.locator(`[name=${name}]`).fill(value)
  const begin = async () => {
    await page.context().clearCookies()
    await page.goto(at.demo)
    await press('a[href="/sign-in"]')
  }
  const leave = async () => {
    await press('button[name=provider]')
    await page.waitForURL(`${at.upstream}/**`)
  }
  const choose = (person: string) => press(`[name=person][value=${person}]`)

  await begin()
  await look('sign-in-upstream')
  // The redirect page is left at once, unless the redirect has no effect.
  await page.route(`${at.upstream}/**`, route => route.fulfill({ status: 204 }))
  await press('button[name=provider]')
  await page.locator('a.button').waitFor()
  await look('redirect-to-provider')
  await page.unroute(`${at.upstream}/**`)
  await press('a.button')
  await page.waitForURL(`${at.upstream}/**`)
  await look('upstream')
  await press('[name=cancel]')
  await page.waitForURL(`${at.url}/**`)
  await look('sign-in-cancelled')

  await leave()
  await choose(UNVERIFIED)
  await page.waitForURL(`${at.url}/**`)
  await look('missing-email')
  await set('email', 'no address')
  await press('form[action$="/missing-email"] .button')
  await look('missing-email-error')

  await gatehouse(['accounts', 'register', MIRA, '--password-stdin'], at.env, `${PASSWORD}\n`)
  await begin()
  await leave()
  await choose(VERIFIED)
  await page.waitForURL(`${at.url}/**`)
  await look('link-account')
  await set('password', 'not the right one')
  await press('form[action$="/sign-in"] .button')
  await look('link-account-error')
  await gatehouse(['accounts', 'verify', MIRA], at.env)
  await set('password', PASSWORD)
  await press('form[action$="/sign-in"] .button')
  await press('[value=allow]')
  await page.waitForURL(`${at.demo}/`)

  await page.goto(`${at.url}/account/security#connections`)
  await look('account-connections')
  await page.goto(`${at.url}/account/history`)
  await look('account-history-upstream')

  await begin()
  await leave()
  await choose(VERIFIED)
  await press('[value=allow]')
  await page.waitForURL(`${at.demo}/`)
  await page.route(`${at.upstream}/**`, route => route.fulfill({ status: 204 }))
  await page.goto(`${at.url}/session/end`)
  await press('[name=logout]')
  await page.locator('a.button').waitFor()
  await look('upstream-sign-out')
  await page.unroute(`${at.upstream}/**`)
}
