import { hash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose'
import { isCanonical } from '../../base/canonical-jws.ts'
import { errors } from '../provider/library.ts'

export const DPOP_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const

/** Seconds by which the client's clock may differ from ours, in both directions. */
export const PROOF_WINDOW = 60

/** What the proof must have been made for; the query of `url` is ignored, and `now` is in epoch seconds. */
export interface ProofTarget {
  token: string
  method: string
  url: string
  now: number
}

/**
 * Checks a proof's signature, and that it was made just now for this request and token (RFC 9449 section 4.3).
 * The caller must check that it is used only once.
 * @returns the thumbprint of the key (RFC 7638), the proof's id and its time; null if the proof is not valid
 */
export async function checkProof(proof: string, { token, method, url, now }: ProofTarget) {
  if (!isCanonical(proof)) return null
  const options = { algorithms: [...DPOP_ALGORITHMS], typ: 'dpop+jwt' }
  const verified = await jwtVerify(proof, EmbeddedJWK, options).catch(() => null)
  if (!verified) return null
  const { htm, htu, ath, iat, jti, nonce }: JWTPayload & { [claim: string]: unknown } = verified.payload
  if (typeof jti !== 'string' || jti === '' || nonce !== undefined) return null
  if (typeof iat !== 'number' || Math.abs(now - iat) > PROOF_WINDOW) return null
  if (htm !== method || withoutQuery(htu) !== withoutQuery(url)) return null
  if (ath !== hash('sha256', token, 'base64url')) return null
  return { thumbprint: await calculateJwkThumbprint(verified.protectedHeader.jwk!), jti, iat }
}

/**
 * Checks that a proof is canonical base64url.
 * The library calls this before it reads a proof, to ask whether a nonce is required; none ever is.
 * @returns false
 * @throws InvalidDpopProof
 */
export function canonicalProof(ctx: { get(header: string): string }): boolean {
  if (isCanonical(ctx.get('DPoP'))) return false
  throw new errors.InvalidDpopProof('the proof is not canonical base64url')
}

/** The normalized URL without query and fragment; null if it is not a URL. */
function withoutQuery(address: unknown): string | null {
  const url = typeof address === 'string' ? URL.parse(address) : null
  if (!url) return null
  url.search = ''
  url.hash = ''
  return url.href
}
