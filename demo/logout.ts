/**
 * The endpoint for OpenID Connect Back-Channel Logout 1.0: the provider itself, not a browser, says that a session has
 * ended. The request has no cookie, only a logout token, which is validated completely.
 */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Middleware } from 'koa'
import { readForm } from './form.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Which sessions have ended: one (`sid`), or all of a person (`sub`) without a `sid`. */
export interface SignedOut {
  sub?: unknown
  sid?: unknown
}

interface BackChannelOptions {
  issuer: string
  clientId: string
  /** The `jwks_uri` of the provider, from discovery. */
  jwksUri(): Promise<string | undefined>
  end(whose: SignedOut): void
}

/** Answers 200 for a valid token, whether or not there was such a session, and 400 otherwise. */
export function backChannelLogout({ issuer, clientId, jwksUri, end }: BackChannelOptions): Middleware {
  let keys: JWTVerifyGetKey | undefined

  return async ctx => {
    const token = (await readForm(ctx.req)).get('logout_token') ?? ''
    ctx.body = ''
    try {
      keys ??= createRemoteJWKSet(new URL((await jwksUri()) ?? ''))
      const options = { issuer, audience: clientId, typ: 'logout+jwt', requiredClaims: ['iat', 'exp', 'jti'] }
      const { payload } = await jwtVerify(token, keys, options)
      if (saysSo(payload)) end(payload)
      ctx.status = saysSo(payload) ? 200 : 400
    } catch (error) {
      if (!aboutTheToken(error)) ctx.app.emit('error', error)
      ctx.status = aboutTheToken(error) ? 400 : 503
    }
  }
}

/** Section 2.4: an ID token, which has a nonce and no such event, must not be accepted as a logout token. */
function saysSo({ events, nonce, sub, sid }: JWTPayload): boolean {
  const said = typeof events === 'object' && events !== null && EVENT in events
  return said && nonce === undefined && (sub !== undefined || sid !== undefined)
}

/** Whether the token is invalid, or the provider's keys could not be fetched, which is not its fault. */
function aboutTheToken(error: unknown): boolean {
  const ours = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']
  return error instanceof errors.JOSEError && !ours.includes(error.code)
}
