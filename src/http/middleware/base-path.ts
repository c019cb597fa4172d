import type Koa from 'koa'
import type { Config } from '../../base/config.ts'
import type { Handler } from '../kit/context.ts'

/**
 * PUBLIC_URL is the only truth about our own address: scheme, host and path never come from a request, whatever its
 * Host or X-Forwarded-* headers say. Koa and the library ask the request object; it answers from the configuration.
 */
export function knowOwnAddress(koa: Koa, { issuer }: Config): void {
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

/** Probes come from beside us, not through PUBLIC_URL, and know no path. */
const PROBES = new Set(['/healthz', '/readyz'])

/** Answers below the path of PUBLIC_URL only, and hides it from what comes after. */
export function basePath(base: string): Handler {
  return (ctx, next) => {
    if (!ctx.req.url?.startsWith('/')) ctx.throw(400, 'the request target must be a path')
    if (base === '' || PROBES.has(ctx.path)) return next()
    if (ctx.path !== base && !ctx.path.startsWith(`${base}/`)) return ctx.throw(404)
    ctx.mountPath = base
    ctx.path = ctx.path.slice(base.length) || '/'
    return next()
  }
}
