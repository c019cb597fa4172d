import type { KoaContextWithOIDC } from 'oidc-provider'
import { NotFound } from '../../base/refusals.ts'

/** Where a browser asks once more. Whoever meant to stay signed in and is not any more goes where they were going. */
const AGAIN: Record<string, string> = {
  authorization: 'authorization',
  resume: 'authorization',
  end_session: 'end_session',
}

/**
 * What an answer was made from has ended while it was made: somebody signed the session out, or took a grant back.
 * Nothing of the answer was kept, and nothing of it is sent; the browser asks once more and is seen as what it is by now.
 */
export function askAgain(ctx: KoaContextWithOIDC): void {
  const { route, params } = ctx.oidc
  if (route === 'end_session_confirm') return
  ctx.remove('Set-Cookie')
  ctx.remove('Location')
  const again = AGAIN[route]
  if (!again) throw new NotFound('this sign-in has ended', 'session_not_found')
  const url = new URL(ctx.oidc.urlFor(again))
  for (const [name, value] of Object.entries(params ?? {}))
    for (const each of [value].flat()) if (each !== undefined) url.searchParams.append(name, String(each))
  ctx.status = 303
  ctx.redirect(url.href)
}
