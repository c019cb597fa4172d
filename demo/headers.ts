import type { Middleware } from 'koa'

/** Security headers: no scripts, no framing, no caching, no referrer (the address of the callback contains a code). */
export function guardedHeaders(issuer: string): Middleware {
  // Signing out is a form whose answer redirects to the provider, and browsers apply form-action to redirects too.
  const policy = `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self' ${new URL(issuer).origin}`

  return (ctx, next) => {
    ctx.set({
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    })
    return next()
  }
}
