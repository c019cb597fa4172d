/**
 * A protected API. It runs in the demo's process only to keep the example small: it shares nothing with the pages, and
 * accepts access tokens (RFC 9068) that the provider has signed for it.
 */
import Router from '@koa/router'
import { type KoaProtection, protect, requireScope, requireStepUp } from 'gatehouse/resource-server/koa'
import type { Context } from 'koa'

interface ApiOptions {
  issuer: string
  /** The identifier of this API. Tokens for other APIs are refused. */
  resource: string
  /** The scope that it requires. */
  scope: string
  log(message: string): void
}

/**
 * Accepts valid tokens for this API. It says where clients get them (RFC 9728), and follows the provider's list of revoked
 * tokens until it is closed.
 */
export function protection({ issuer, resource, scope, log }: ApiOptions): KoaProtection {
  return protect({
    issuer,
    audience: resource,
    scopesSupported: [scope],
    resourceName: 'Demo API',
    log,
    // Plain http is for trying it out only: anyone on the way could forge tokens.
    allowInsecure: new URL(issuer).protocol === 'http:',
  })
}

/** What the API does, for tokens with its scope. The vault requires two factors and a sign-in within five minutes. */
export function apiRoutes(protection: KoaProtection, scope: string) {
  const api = new Router({ prefix: '/api' })
  api.use(protection, requireScope(scope))
  api.get('/whoami', whoami)
  api.get('/vault', requireStepUp({ acr: 'urn:gatehouse:acr:2fa', maxAge: 5 * 60 }), vault)
  return api.routes()
}

function whoami(ctx: Context) {
  const { subject, clientId, roles, scopes } = ctx.state.access
  ctx.body = { sub: subject, roles, scope: [...scopes].join(' '), client_id: clientId }
}

function vault(ctx: Context) {
  const { sub, acr, amr, auth_time } = ctx.state.access.claims
  ctx.body = { vault: 'open', sub, acr, amr, auth_time }
}
