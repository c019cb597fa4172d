import type { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { queuedEmails } from './queued-emails.ts'

/** Asks on the sign-in page for an email. */
export function askForEmail(browser: Browser, email: string): Promise<Browser> {
  return browser.submit({ email }, { action: '/email' })
}

/** What the newest email that signs in to this address carries. */
export async function signInEmail(
  gatehouse: Pick<Gatehouse, 'app'>,
  to: string,
): Promise<{ link: string; code: string }> {
  const { link, code } = (await queuedEmails(gatehouse, to, 'sign-in')).at(-1)?.data ?? {}
  if (!link || !code) throw new Error(`no email to ${to} signs in`)
  return { link, code }
}
