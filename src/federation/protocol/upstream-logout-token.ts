import { type JWTPayload, jwtVerify, type RemoteJWKSet } from 'jose'
import { isCanonical } from '../../base/canonical-jws.ts'
import type { Clock } from '../../base/clock.ts'
import { CLOCK_TOLERANCE } from './discovery.ts'
import { SIGNATURE_ALGORITHMS } from './signatures.ts'
import { UpstreamFailure } from './upstream-failure.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Seconds: older ones are of no use to anybody honest, and need not be remembered. */
export const LOGOUT_TOKEN_TTL = 10 * 60

/** Whom a provider signs out: somebody, or one session of theirs. */
interface LogoutToken {
  jti: string
  subject: string | null
  sid: string | null
}

/** The checks of OpenID Connect Back-Channel Logout 1.0 section 2.6, but for the replay of `jti`. */
export async function readLogoutToken(
  token: string,
  { keys, issuer, audience, clock }: { keys: RemoteJWKSet; issuer: string; audience: string; clock: Clock },
): Promise<LogoutToken> {
  if (!isCanonical(token)) throw wrong('it is not spelled as base64url is')
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer,
    audience,
    algorithms: SIGNATURE_ALGORITHMS,
    // Drafts knew no `exp`: where it is missing, the age alone counts.
    requiredClaims: ['iat', 'jti', 'events'],
    maxTokenAge: LOGOUT_TOKEN_TTL,
    clockTolerance: CLOCK_TOLERANCE,
    currentDate: clock.now(),
  })
  const { typ } = protectedHeader
  // An ID token is signed with the same keys for the same audience.
  if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(typ)) throw wrong(`it is of the type ${typ}`)
  if (!isLogout(payload)) throw wrong('it tells of no sign-out')
  if ('nonce' in payload) throw wrong('it has a nonce')
  const [jti, subject, sid] = [payload.jti, payload.sub, payload.sid].map(textOrNull)
  if (!jti) throw wrong('it has no jti')
  if (!subject && !sid) throw wrong('it says neither who nor which session')
  return { jti, subject: subject ?? null, sid: sid ?? null }
}

function isLogout({ events }: JWTPayload): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false
  const event = (events as Record<string, unknown>)[EVENT]
  return typeof event === 'object' && event !== null && !Array.isArray(event)
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function wrong(what: string): UpstreamFailure {
  return new UpstreamFailure('broken', `a logout token is refused: ${what}`)
}
