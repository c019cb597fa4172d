import { decodeJwt, type JWTPayload } from 'jose'
import { digest } from '../../base/secrets.ts'
import type { ReplayMarks } from '../../storage/replay/replay-marks.ts'
import { Provider } from '../provider/library.ts'

const KIND = 'ReplayDetection'

/** Seconds before and after its `iat` in which the library accepts a DPoP proof. */
const DPOP_WINDOW = 5 * 60

/** A client assertion or DPoP proof whose signature is valid. */
export interface UsedProof {
  clientId: string
  jti: string
  /** Epoch seconds; its own `iat` claim, unchecked. */
  issuedAt: unknown
  /** Epoch seconds until which it could be presented again. */
  until: number
}

/** @returns false if it was used before. @throws StoreUnavailable if Redis has lost the record of whether it was */
export function markUsed(marks: ReplayMarks, { clientId, jti, issuedAt, until }: UsedProof): Promise<boolean> {
  return marks.useProof({
    kind: KIND,
    id: digest(JSON.stringify([clientId, jti])),
    issuedAt: typeof issuedAt === 'number' ? issuedAt : undefined,
    ttl: Math.max(1, Math.ceil(until - Date.now() / 1000)),
  })
}

const assertions = new WeakMap<object, JWTPayload>()

/** Notes the claims of an assertion that passed all other checks: the library asks next whether it was used before. */
export function expectAssertion(ctx: object, claims: JWTPayload): void {
  assertions.set(ctx, claims)
}

/**
 * Replaces the library's `ReplayDetection.unique`, for three reasons.
 * It looks for a mark and then makes it, so two concurrent requests would both find none.
 * It keeps the mark of a DPoP proof only as long as a proof made now would be accepted,
 * which is too short for one made by a clock that is ahead. And it does not get the time at which a proof was made.
 */
export function unusedProof(marks: ReplayMarks) {
  return (clientId: string, jti: string, exp: number): Promise<boolean> => {
    const { ctx } = Provider
    const assertion = ctx && assertions.get(ctx)
    if (assertion) {
      assertions.delete(ctx)
      return markUsed(marks, { clientId, jti, issuedAt: assertion.iat, until: exp })
    }
    const issuedAt = ctx && decodeJwt(ctx.get('DPoP')).iat
    return markUsed(marks, { clientId, jti, issuedAt, until: Math.max(exp, (issuedAt ?? 0) + DPOP_WINDOW + 1) })
  }
}
