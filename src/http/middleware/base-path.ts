import type Koa from 'koa'
import type { Config } from '../../base/config.ts'
import type { Handler } from '../kit/request/context.ts'

/**
 * Takes scheme, host and path of our own address from PUBLIC_URL alone, never from the Host or X-Forwarded-* headers of a
 * request. Koa and the library read them from the request object, so its properties are overridden here.
 */
export function usePublicUrl(koa: Koa, { issuer }: Config): void {
  const { protocol, host, hostname, origin } = new URL(issuer)
  Object.defineProperties(koa.request, {
    protocol: { get: () => protocol.slice(0, -1) },
    host: { get: () => host },
    hostname: { get: () => hostname },
    origin: { get: () => origin },
    href: {
      get(this: Koa.Request) {
        return origin + this.originalUrl
      },
    },
  })
}

/** Health probes call the process directly, not through PUBLIC_URL, so they use no base path. */
const PROBES = new Set(['/healthz', '/readyz'])

/** The server's metadata, below the path of PUBLIC_URL (OpenID Connect Discovery 1.0 section 4). */
export const METADATA = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']

/**
 * All paths at which clients look for a document: below the path of PUBLIC_URL, and for the server's metadata also at the
 * root of the host, with the path of PUBLIC_URL at the end (RFC 8414 section 3.1).
 */
export function pathsOf(document: string, base: string): string[] {
  return base !== '' && METADATA.includes(document) ? [base + document, document + base] : [base + document]
}

/** Answers only below the path of PUBLIC_URL, and removes that path for later handlers. */
export function basePath(base: string): Handler {
  const atRoot = new Map(METADATA.map(document => [document + base, document]))
  return (ctx, next) => {
    if (!ctx.req.url?.startsWith('/')) ctx.throw(400, 'the request target must be a path')
    if (base === '' || PROBES.has(ctx.path)) return next()
    const metadata = atRoot.get(ctx.path)
    if (!metadata && ctx.path !== base && !ctx.path.startsWith(`${base}/`)) return ctx.throw(404)
    ctx.mountPath = base
    ctx.path = metadata ?? (ctx.path.slice(base.length) || '/')
    return next()
  }
}
