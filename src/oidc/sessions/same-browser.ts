import { NotFound } from '../../base/refusals.ts'
import { digest, sameText } from '../../base/secrets.ts'
import type { UnitOfWork } from '../store/unit-of-work.ts'

/** The cookie that tells browsers apart. Under https it is bound to the host: no neighbouring subdomain can plant it. */
export function browserCookie(secure: boolean): string {
  return secure ? '__Host-gatehouse_form' : 'gatehouse_form'
}

/**
 * A sign-in is finished in the browser in which somebody signed in. Otherwise whoever plants the cookie of their own
 * interaction in another's browser could let them sign in there, and go on with it as them.
 */
export async function sameBrowser(
  ctx: { path: string; cookies: { get(name: string, options: { signed: boolean }): string | undefined } },
  next: () => Promise<void>,
  { unit, cookie }: { unit: UnitOfWork; cookie: string },
): Promise<void> {
  const uid = /^\/auth\/([\w-]+)$/.exec(ctx.path)?.[1]
  const result = uid ? ((await unit.get('Interaction', uid))?.result as { browser?: string } | undefined) : undefined
  const browser = ctx.cookies.get(cookie, { signed: false })
  if (result?.browser && !(browser && sameText(digest(browser), result.browser))) {
    throw new NotFound('this sign-in was finished in another browser', 'session_not_found')
  }
  return next()
}
