import type { Clients } from '../../clients/clients.ts'
import { ACCOUNT_SCOPE } from '../../clients/scopes.ts'
import type { Context } from '../kit/request/context.ts'

/** Seconds. */
const PREFLIGHT_MAX_AGE = '600'
const METHODS = 'GET, POST, PUT, PATCH, DELETE'
const REQUEST_HEADERS = 'Authorization, Content-Type, Accept-Language, DPoP, If-Match, Idempotency-Key'
const EXPOSED_HEADERS =
  'WWW-Authenticate, Retry-After, X-Request-Id, ETag, Link, Location, RateLimit, RateLimit-Policy, Idempotency-Replayed'

/**
 * CORS for both APIs: an answer can be read by the origins of the token's application only. There are no credentials,
 * because the API reads no cookies.
 */
export class CrossOrigin {
  readonly #clients: Clients

  constructor({ clients }: { clients: Clients }) {
    this.#clients = clients
  }

  /** A preflight has no token, so every application that may use the API is allowed (Fetch, section 4.8). */
  async preflight(ctx: Context): Promise<void> {
    ctx.status = 204
    if (!(await this.#isClientOrigin(ctx.get('origin')))) return
    this.#allowOrigin(ctx)
    ctx.set('Access-Control-Allow-Methods', METHODS)
    ctx.set('Access-Control-Allow-Headers', REQUEST_HEADERS)
    ctx.set('Access-Control-Max-Age', PREFLIGHT_MAX_AGE)
  }

  /** @param origins those of the application whose token it is */
  allowClient(ctx: Context, origins: readonly string[]): void {
    if (origins.includes(ctx.get('origin'))) this.#allowOrigin(ctx)
  }

  /** A refused token belongs to no client, but its application must be able to read the reason. */
  async allowAnyClient(ctx: Context): Promise<void> {
    if (await this.#isClientOrigin(ctx.get('origin'))) this.#allowOrigin(ctx)
  }

  #allowOrigin(ctx: Context): void {
    ctx.set('Access-Control-Allow-Origin', ctx.get('origin'))
    ctx.set('Access-Control-Expose-Headers', EXPOSED_HEADERS)
  }

  async #isClientOrigin(origin: string): Promise<boolean> {
    if (!/^https?:\/\//.test(origin)) return false
    const apiClients = (await this.#clients.list()).filter(
      ({ scopes, permissions }) => scopes.includes(ACCOUNT_SCOPE) || permissions.length > 0,
    )
    return apiClients.some(({ redirectUris }) => redirectUris.some(uri => URL.parse(uri)?.origin === origin))
  }
}
