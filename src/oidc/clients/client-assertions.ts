import type { Configuration } from 'oidc-provider'
import { type Clock, epoch } from '../../base/clock.ts'
import { isCanonical } from '../../base/jws.ts'
import { errors } from '../provider/library.ts'
import { expectAssertion } from '../store/used-proofs.ts'

/** Seconds; a client signs one when it needs it. */
const LONGEST_LIFE = 60 * 60

/**
 * What we ask of a client's assertion beyond RFC 7523 section 3. It is meant for us alone: one that names another server
 * too could be carried from there to us. And it does not lie around for long, since its replay mark lives as long as it.
 */
export function clientAssertions(
  issuer: string,
  clock: Clock,
): NonNullable<Configuration['assertJwtClientAuthClaimsAndHeader']> {
  const ours = (audience: unknown) => audience === issuer || String(audience).startsWith(`${issuer}/`)
  return (ctx, claims) => {
    const { aud, exp } = claims
    if (!isCanonical(String(ctx.oidc.params?.client_assertion)))
      throw new errors.InvalidClientAuth('the assertion is not spelled as base64url is')
    if (![aud].flat().every(ours)) throw new errors.InvalidClientAuth('audience (aud) must name this server alone')
    if (Number(exp) > epoch(clock.now()) + LONGEST_LIFE)
      throw new errors.InvalidClientAuth('expiration (exp) must be within an hour')
    expectAssertion(ctx, claims)
  }
}
