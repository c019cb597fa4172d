import { NotFound } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'
import type { cookies } from './cookies.ts'

/**
 * Requires that a sign-in is finished in the browser in which the person signed in.
 * Otherwise an attacker could plant the cookie of their own interaction in a victim's browser,
 * let the victim sign in there, and then finish the sign-in as the victim.
 * Like the library, it finds the interaction by its cookie: the id in the path need not be the same.
 * @throws NotFound in another browser
 */
export async function requireSameBrowser(
  ctx: { path: string; cookies: { get(name: string, options: { signed: boolean }): string | undefined } },
  { unit, names }: { unit: UnitOfWork; names: ReturnType<typeof cookies>['names'] },
): Promise<void> {
  if (!ctx.path.startsWith('/auth/')) return
  const uid = ctx.cookies.get(names.resume, { signed: false })
  const result = uid ? ((await unit.get('Interaction', uid))?.result as { browser?: string } | undefined) : undefined
  const browser = ctx.cookies.get(names.browser, { signed: false })
  if (result?.browser && !(browser && sameText(digest(browser), result.browser))) {
    throw new NotFound('this sign-in was completed in another browser', 'session_not_found')
  }
}
