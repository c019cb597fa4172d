import type { KoaContextWithOIDC } from 'oidc-provider'
import { readForm, replaceForm } from '../provider/form-body.ts'

/**
 * The library refuses to look at a JWT at the endpoints for revocation and introspection, since it keeps none. There the
 * token is passed to it under a name that does not look like one.
 */
const PREFIX = 'jwt.'
const ENDPOINTS = new Set(['/token/revocation', '/token/introspection'])

const JWT = /^(jwt\.)?([^.]*\.[^.]*\.[^.]*)$/

/** The JWT in a value that the library looks up; null if it is no JWT. */
export function presentedJwt(value: unknown): string | null {
  return (typeof value === 'string' && JWT.exec(value)?.[2]) || null
}

/** Lets the library look up a JWT that is sent to be revoked or introspected. */
export async function nameJwt(ctx: Pick<KoaContextWithOIDC, 'method' | 'path' | 'req'>): Promise<void> {
  if (ctx.method !== 'POST' || !ENDPOINTS.has(ctx.path)) return
  const form = await readForm(ctx)
  const jwt = form?.getAll('token').length === 1 ? presentedJwt(form.get('token')) : null
  if (!form || jwt === null) return
  form.set('token', PREFIX + jwt)
  replaceForm(ctx, form)
}
