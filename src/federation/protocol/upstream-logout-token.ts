import { jwtVerify, type RemoteJWKSet } from 'jose'
import { z } from 'zod'
import { isCanonical } from '../../base/canonical-jws.ts'
import type { Clock } from '../../base/clock.ts'
import type { LogoutSubject } from '../sessions/upstream-sessions.ts'
import { CLOCK_TOLERANCE } from './discovery.ts'
import { SIGNATURE_ALGORITHMS } from './signatures.ts'
import { UpstreamFailure } from './upstream-failure.ts'

const events = z.object({ 'http://schemas.openid.net/event/backchannel-logout': z.looseObject({}) })

/** The maximum age in seconds, so that a `jti` need not be remembered for longer. */
export const LOGOUT_TOKEN_TTL = 10 * 60

/** The checks of OpenID Connect Back-Channel Logout 1.0 section 2.6, except for the replay of `jti`. */
export async function readLogoutToken(
  token: string,
  { keys, issuer, audience, clock }: { keys: RemoteJWKSet; issuer: string; audience: string; clock: Clock },
): Promise<LogoutSubject & { jti: string }> {
  if (!isCanonical(token)) throw invalid('it is not canonical base64url')
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer,
    audience,
    algorithms: SIGNATURE_ALGORITHMS,
    // Drafts of the standard had no `exp`: without it, only the age counts.
    requiredClaims: ['iat', 'jti', 'events'],
    maxTokenAge: LOGOUT_TOKEN_TTL,
    clockTolerance: CLOCK_TOLERANCE,
    currentDate: clock.now(),
  })
  const { typ } = protectedHeader
  // An ID token is signed with the same keys for the same audience.
  if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(typ)) throw invalid(`its type is ${typ}`)
  if (!events.safeParse(payload.events).success) throw invalid('it has no logout event')
  if ('nonce' in payload) throw invalid('it has a nonce')
  const [jti, subject, sid] = [payload.jti, payload.sub, payload.sid].map(textOrNull)
  if (!jti) throw invalid('it has no jti')
  if (!subject && !sid) throw invalid('it has neither sub nor sid')
  return { jti, subject: subject ?? null, sid: sid ?? null }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function invalid(reason: string): UpstreamFailure {
  return new UpstreamFailure('broken', `invalid logout token: ${reason}`)
}
