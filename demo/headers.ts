import type { Middleware } from 'koa'

/** The usual protection: no script at all, no framing, nothing cached, no referrer (the callback's address has a code). */
export function guardedHeaders(issuer: string): Middleware {
  // Signing out is a form whose answer redirects to the provider, and browsers hold redirects to form-action too.
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
