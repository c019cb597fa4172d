/**
 * A protected API. It runs in the demo's process only to keep the example small: it shares nothing with the pages, and
 * accepts access tokens (RFC 9068) that the provider has signed for it.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Context, Middleware } from 'koa'

interface ApiOptions {
  issuer: string
  /** The identifier of this API. Tokens for other APIs are refused. */
  resource: string
  /** The scope that it requires. */
  scope: string
  /** Where clients learn how to get a token (RFC 9728). */
  metadata: string
  /** The `jwks_uri` of the provider, from discovery. */
  jwksUri(): Promise<string | undefined>
}

/** Accepts a valid token for this API, or answers 401 or 403 with a challenge (RFC 6750, section 3). */
export function bearer({ issuer, resource, scope, metadata, jwksUri }: ApiOptions): Middleware {
  const about = { resource_metadata: metadata }
  let keys: JWTVerifyGetKey | undefined

  return async (ctx, next) => {
    const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(ctx.get('Authorization'))?.[1]
    if (token == null) return refuse(ctx, 401, {}, about)

    let claims: JWTPayload
    try {
      keys ??= createRemoteJWKSet(new URL((await jwksUri()) ?? ''))
      const options = { issuer, audience: resource, typ: 'at+jwt', requiredClaims: ['sub', 'exp', 'client_id'] }
      claims = (await jwtVerify(token, keys, options)).payload
    } catch (error) {
      if (!aboutTheToken(error)) return unavailable(ctx, error)
      return refuse(ctx, 401, { error: 'invalid_token', error_description: error.message }, about)
    }

    const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
    if (!scopes.includes(scope)) return refuse(ctx, 403, { error: 'insufficient_scope', scope }, about)
    ctx.state.claims = claims
    return next()
  }
}

/** The identity in an accepted token: `{ sub, roles, scope, client_id }`. */
export function whoami(ctx: Context) {
  const { sub, roles = [], scope, client_id } = ctx.state.claims as JWTPayload
  ctx.body = { sub, roles, scope, client_id }
}

/** The values of `acr` that mean two factors, the lowest first. */
const TWO_FACTORS = ['urn:gatehouse:acr:2fa', 'urn:gatehouse:acr:phr']
const RECENTLY = 5 * 60

/** Requires two factors and a sign-in within five minutes, and says so in its challenge (RFC 9470). */
export function vault(ctx: Context) {
  const { sub, acr, amr, auth_time } = ctx.state.claims as JWTPayload
  const sure = typeof acr === 'string' && TWO_FACTORS.includes(acr)
  const recent = typeof auth_time === 'number' && Date.now() / 1000 - auth_time <= RECENTLY
  if (sure && recent) {
    ctx.body = { vault: 'open', sub, acr, amr, auth_time }
    return
  }
  refuse(ctx, 401, {
    error: 'insufficient_user_authentication',
    error_description: 'two factors and a recent sign-in are needed',
    acr_values: TWO_FACTORS[0]!,
    max_age: String(RECENTLY),
  })
}

/** Whether the token is invalid, or the provider's keys could not be fetched, which is not the caller's fault. */
export function aboutTheToken(error: unknown): error is errors.JOSEError {
  const ours = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']
  return error instanceof errors.JOSEError && !ours.includes(error.code)
}

function unavailable(ctx: Context, error: unknown) {
  ctx.app.emit('error', error)
  ctx.status = 503
  ctx.body = { error: 'temporarily_unavailable' }
}

function refuse(ctx: Context, status: 401 | 403, problem: Record<string, string>, about: Record<string, string> = {}) {
  const parameters = Object.entries({ realm: 'demo', ...problem, ...about })
  ctx.status = status
  // RFC 6750, section 3: neither quotes nor backslashes inside a value.
  const challenge = parameters.map(([name, value]) => `${name}="${value.replaceAll(/["\\]/g, "'")}"`)
  ctx.set('WWW-Authenticate', `Bearer ${challenge.join(', ')}`)
  ctx.body = problem
}
