import type { Browser } from './browser.ts'
import type { Person } from './people.ts'
import type { Begun, RelyingParty } from './relying-party.ts'

export const USE_ANOTHER = 'Use another account'

/** Opens the account chooser of an application. */
export async function openChooser(
  rp: RelyingParty,
  browser: Browser,
  parameters: Record<string, string> = {},
): Promise<Begun> {
  const begun = await rp.begin({ prompt: 'select_account', ...parameters })
  await browser.open(begun.url.href)
  return begun
}

/** The ids of the accounts that the page offers, in its order. */
export function offeredIn(browser: Browser): (string | undefined)[] {
  return browser.document.querySelectorAll('button[name="account"]').map(button => button.getAttribute('value'))
}

/** Adds an account to those of the browser, by signing in to it. @returns the tokens of the application */
export async function addAccount(rp: RelyingParty, browser: Browser, { email, password }: Person) {
  const begun = await openChooser(rp, browser)
  await browser.follow(USE_ANOTHER)
  await browser.submit({ email, password })
  return rp.redeem(begun, browser)
}

/** Opens the chooser, and continues as this person. */
export async function chooseAccount(
  rp: RelyingParty,
  browser: Browser,
  { id }: Person,
  parameters: Record<string, string> = {},
): Promise<Begun> {
  const begun = await openChooser(rp, browser, parameters)
  await browser.submit({ account: id })
  return begun
}

/** The current account of the browser, found out without a page; null if no one is signed in. */
export async function currentAccount(rp: RelyingParty, browser: Browser): Promise<string | null> {
  const copy = browser.copy()
  const begun = await rp.begin({ prompt: 'none' })
  await copy.open(begun.url.href)
  if (!new URL(copy.page.url).searchParams.has('code')) return null
  return (await rp.redeem(begun, copy)).claims()?.sub ?? null
}
