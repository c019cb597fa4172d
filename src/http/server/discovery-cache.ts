import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import type { Handler } from '../kit/request/context.ts'
import { METADATA, pathsOf } from '../middleware/base-path.ts'
import { requestIdOf } from '../middleware/request-state.ts'
import type { TrustedProxies } from '../middleware/trusted-proxies.ts'

const PATHS = [...METADATA, '/jwks']

/**
 * The server's metadata and the key set, cached as bytes, since they are the same for every client. Once the library has
 * written one, requests for it are answered before any other handler sees them, until the provider instance is replaced.
 */
export class DiscoveryCache {
  readonly #parts
  #owner: unknown = null
  #ready = new Map<string, { body: Buffer; headers: Record<string, string | number> }>()

  constructor(parts: { current: CurrentProvider; basePath: string; proxies: TrustedProxies }) {
    this.#parts = parts
  }

  /** Answers a request for a cached document. @returns whether it did */
  answer(req: IncomingMessage, res: ServerResponse): boolean {
    if (req.method !== 'GET' || this.#owner !== this.#parts.current.provider) return false
    const document = this.#ready.get(req.url ?? '')
    if (!document) return false
    const unchanged = req.headers['if-none-match'] === document.headers.ETag
    res.writeHead(unchanged ? 304 : 200, { ...document.headers, 'X-Request-Id': requestIdOf(req, this.#parts.proxies) })
    res.end(unchanged ? undefined : document.body)
    return true
  }

  /** Caches what the library writes. */
  keep(library: Handler): Handler {
    return async (ctx, next) => {
      const { provider } = this.#parts.current
      await library(ctx, next)
      if (ctx.method !== 'GET' || ctx.status !== 200 || !PATHS.includes(ctx.path)) return
      if (this.#owner !== provider) this.#ready = new Map()
      this.#owner = provider
      const body = Buffer.from(JSON.stringify(ctx.body))
      const headers = {
        'Content-Type': ctx.response.get('Content-Type'),
        'Content-Length': body.length,
        ETag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
        'Cache-Control': 'public, max-age=300',
        'Access-Control-Allow-Origin': '*',
        'X-Content-Type-Options': 'nosniff',
      }
      ctx.set({ ETag: headers.ETag, 'Cache-Control': headers['Cache-Control'], 'Access-Control-Allow-Origin': '*' })
      for (const path of pathsOf(ctx.path, this.#parts.basePath)) this.#ready.set(path, { body, headers })
    }
  }
}
