import type { Browser } from './browser.ts'
import type { Gatehouse } from './gatehouse.ts'
import { queuedEmails } from './queued-emails.ts'

/** Asks for a sign-in email on the sign-in page. */
export function askForEmail(browser: Browser, email: string): Promise<Browser> {
  return browser.submit({ email }, { action: '/email' })
}

/** The link and the code of the newest sign-in email to this address. */
export async function signInEmail(
  gatehouse: Pick<Gatehouse, 'app'>,
  to: string,
): Promise<{ link: string; code: string }> {
  const { link, code } = (await queuedEmails(gatehouse, to, 'sign-in')).at(-1)?.data ?? {}
  if (!link || !code) throw new Error(`no sign-in email to ${to}`)
  return { link, code }
}
