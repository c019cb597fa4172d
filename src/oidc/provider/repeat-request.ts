import type { KoaContextWithOIDC } from 'oidc-provider'
import { NotFound } from '../../base/refusals.ts'

/** The endpoint to which the browser repeats its request, by the route of that request. */
const ENDPOINT: Record<string, string> = {
  authorization: 'authorization',
  resume: 'authorization',
  end_session: 'end_session',
}

/**
 * Has the browser repeat its request, because the session or grant of the response has ended in the meantime.
 * Nothing of that response was stored, and nothing of it is sent.
 * @throws NotFound if the route has no endpoint to repeat the request at
 */
export function repeatRequest(ctx: KoaContextWithOIDC): void {
  const { route, params } = ctx.oidc
  // A person who chose to stay signed in, but whose session has ended meanwhile, still goes where they were going.
  if (route === 'end_session_confirm') return
  ctx.remove('Set-Cookie')
  ctx.remove('Location')
  const endpoint = ENDPOINT[route]
  if (!endpoint) throw new NotFound('this sign-in has ended; start again in the application', 'session_not_found')
  const url = new URL(ctx.oidc.urlFor(endpoint))
  for (const [name, value] of Object.entries(params ?? {}))
    for (const each of [value].flat()) if (each !== undefined) url.searchParams.append(name, String(each))
  ctx.status = 303
  ctx.redirect(url.href)
}
