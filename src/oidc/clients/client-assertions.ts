import type { Configuration } from 'oidc-provider'
import { isCanonical } from '../../base/canonical-jws.ts'
import { type Clock, epoch } from '../../base/clock.ts'
import { errors } from '../provider/library.ts'
import { expectAssertion } from '../store/replay-detection.ts'

/** Seconds; clients make an assertion when they need one. */
const MAX_LIFETIME = 60 * 60

/**
 * Checks client assertions beyond RFC 7523 section 3.
 * The audience must be this server alone, because another server that is named too could present the assertion to us.
 * The lifetime is limited, because the replay mark is kept as long.
 */
export function clientAssertions(
  issuer: string,
  clock: Clock,
): NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> {
  const ours = (audience: unknown) => audience === issuer || String(audience).startsWith(`${issuer}/`)
  return (ctx, claims) => {
    const { aud, exp } = claims
    if (!isCanonical(String(ctx.oidc.params?.client_assertion)))
      throw new errors.InvalidClientAuth('the assertion is not canonical base64url')
    if (![aud].flat().every(ours)) throw new errors.InvalidClientAuth('audience (aud) must contain this server only')
    if (Number(exp) > epoch(clock.now()) + MAX_LIFETIME)
      throw new errors.InvalidClientAuth('expiration (exp) must be at most an hour away')
    expectAssertion(ctx, claims)
  }
}
