import { hash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, jwtVerify } from 'jose'
import { isCanonical } from '../../base/jws.ts'
import { errors } from '../provider/library.ts'

export const DPOP_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const

/** Seconds by which the clock of whoever proves it may differ, and for which a proof is remembered. */
export const PROOF_WINDOW = 60

/** What a proof has to be for. */
export interface Proving {
  token: string
  method: string
  /** Of the request; its query does not matter. */
  url: string
  /** Epoch seconds. */
  now: number
}

/**
 * Whether somebody has the key that they name, and proves it for this very request and token, just now (RFC 9449 section
 * 4.3). That it is used once only is for the caller to see.
 * @returns the thumbprint of the key (RFC 7638), the proof's id and its time; null where it proves nothing
 */
export async function proven(proof: string, { token, method, url, now }: Proving) {
  if (!isCanonical(proof)) return null
  const verified = await jwtVerify(proof, EmbeddedJWK, { algorithms: [...DPOP_ALGORITHMS], typ: 'dpop+jwt' }).catch(
    () => null,
  )
  if (!verified) return null
  const { htm, htu, ath, iat, jti, nonce }: JWTPayload & { [claim: string]: unknown } = verified.payload
  if (typeof jti !== 'string' || jti === '' || nonce !== undefined) return null
  if (typeof iat !== 'number' || Math.abs(now - iat) > PROOF_WINDOW) return null
  if (htm !== method || withoutQuery(htu) !== withoutQuery(url)) return null
  if (ath !== hash('sha256', token, 'base64url')) return null
  return { thumbprint: await calculateJwkThumbprint(verified.protectedHeader.jwk!), jti, iat }
}

/**
 * The library asks before it looks at a proof whether there must be a nonce in it: never, but a proof is spelled as
 * base64url is. @throws InvalidDpopProof
 */
export function canonicalProof(ctx: { get(header: string): string }): boolean {
  if (isCanonical(ctx.get('DPoP'))) return false
  throw new errors.InvalidDpopProof('the proof is not spelled as base64url is')
}

/** In one spelling; null for what is no address. */
function withoutQuery(address: unknown): string | null {
  const url = typeof address === 'string' ? URL.parse(address) : null
  if (!url) return null
  url.search = ''
  url.hash = ''
  return url.href
}
