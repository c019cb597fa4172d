import { decodeJwt, type JWTPayload } from 'jose'
import { digest } from '../../base/secrets.ts'
import type { ReplayMarks } from '../../storage/replay/replay-marks.ts'
import { Provider } from '../provider/library.ts'

const KIND = 'ReplayDetection'

/** Seconds before and after its `iat` in which the library accepts a DPoP proof. */
const DPOP_WINDOW = 5 * 60

/** A client's assertion or a DPoP proof, whose signature is right. */
export interface UsedProof {
  clientId: string
  jti: string
  /** Epoch seconds, as it says itself. */
  issuedAt: unknown
  /** Epoch seconds until which it could be presented again. */
  until: number
}

/** False where it was used before. @throws StoreUnavailable where that is not known any more */
export function useProof(marks: ReplayMarks, { clientId, jti, issuedAt, until }: UsedProof): Promise<boolean> {
  return marks.useProof({
    kind: KIND,
    id: digest(JSON.stringify([clientId, jti])),
    issuedAt: typeof issuedAt === 'number' ? issuedAt : undefined,
    ttl: Math.max(1, Math.ceil(until - Date.now() / 1000)),
  })
}

const assertions = new WeakMap<object, JWTPayload>()

/** An assertion has passed all checks but whether it was used: that is what the library asks next. */
export function expectAssertion(ctx: object, claims: JWTPayload): void {
  assertions.set(ctx, claims)
}

/**
 * In place of the library's own `ReplayDetection.unique`, which looks whether a mark is there and then makes it, so that
 * two requests at once would both find none; which keeps a DPoP proof's mark for as long as proofs of now are accepted,
 * and not those of a clock that is ahead; and which is not told when a proof was made.
 */
export function unusedProof(marks: ReplayMarks) {
  return (clientId: string, jti: string, exp: number): Promise<boolean> => {
    const { ctx } = Provider
    const assertion = ctx && assertions.get(ctx)
    if (assertion) {
      assertions.delete(ctx)
      return useProof(marks, { clientId, jti, issuedAt: assertion.iat, until: exp })
    }
    const issuedAt = ctx && decodeJwt(ctx.get('DPoP')).iat
    return useProof(marks, { clientId, jti, issuedAt, until: Math.max(exp, (issuedAt ?? 0) + DPOP_WINDOW + 1) })
  }
}
