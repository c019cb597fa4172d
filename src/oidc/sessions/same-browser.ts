import { NotFound } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'

/**
 * Requires that a sign-in is finished in the browser in which the person signed in.
 * Otherwise an attacker could plant the cookie of their own interaction in a victim's browser,
 * let the victim sign in there, and then finish the sign-in as the victim.
 * @throws NotFound in another browser
 */
export async function requireSameBrowser(
  ctx: { path: string; cookies: { get(name: string, options: { signed: boolean }): string | undefined } },
  { unit, cookie }: { unit: UnitOfWork; cookie: string },
): Promise<void> {
  const uid = /^\/auth\/([\w-]+)$/.exec(ctx.path)?.[1]
  const result = uid ? ((await unit.get('Interaction', uid))?.result as { browser?: string } | undefined) : undefined
  const browser = ctx.cookies.get(cookie, { signed: false })
  if (result?.browser && !(browser && sameText(digest(browser), result.browser))) {
    throw new NotFound('this sign-in was completed in another browser', 'session_not_found')
  }
}
