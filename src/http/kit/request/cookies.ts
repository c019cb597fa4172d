import type { Context } from './context.ts'

export function readCookie(ctx: Context, name: string): string | null {
  return ctx.cookies.get(name, { signed: false }) ?? null
}

/** @param value null removes the cookie @param maxAge seconds; without it, the cookie lasts until the browser is closed */
export function setCookie(
  ctx: Context,
  name: string,
  value: string | null,
  { secure, path = '/', maxAge }: { secure: boolean; path?: string; maxAge?: number },
): void {
  const lifetime = value !== null && maxAge !== undefined ? { maxAge: maxAge * 1000 } : {}
  ctx.cookies.set(name, value, { httpOnly: true, sameSite: 'lax', secure, path, signed: false, ...lifetime })
}
