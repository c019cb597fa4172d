import { hash } from 'node:crypto'
import { calculateJwkThumbprint, compactVerify, EmbeddedJWK } from 'jose'
import { invalidProof } from '../answers/refusal.js'
import { isCanonical } from '../tokens/jwt.js'

export const DPOP_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA']

/** Seconds by which the client's clock may differ from ours. */
export const PROOF_WINDOW = 60

/**
 * Checks that a proof was made just now for this request and token (RFC 9449 section 4.3). The caller must check that it
 * is used only once.
 * @param {string} proof
 * @param {{ token: string, thumbprint: string, method: string, url: string, now: number }} target
 * @returns {Promise<{ jti: string, iat: number, nonce: unknown }>}
 * @throws {import('../answers/refusal.js').Refusal}
 */
export async function checkProof(proof, { token, thumbprint, method, url, now }) {
  const { header, claims } = await opened(proof)
  const { htm, htu, ath, iat, jti, nonce } = claims
  if (String(header.typ).toLowerCase() !== 'dpop+jwt') throw invalidProof('the typ of the proof is not dpop+jwt')
  if (typeof jti !== 'string' || jti === '') throw invalidProof('the proof has no jti')
  if (htm !== method) throw invalidProof('the proof is for another method')
  if (withoutQuery(htu) !== withoutQuery(url)) throw invalidProof('the proof is for another URL')
  if (typeof iat !== 'number' || !(Math.abs(now - iat) <= PROOF_WINDOW))
    throw invalidProof('the proof was not made just now')
  if (ath !== hash('sha256', token, 'base64url')) throw invalidProof('the proof is for another token')
  const own = header.jwk && (await calculateJwkThumbprint(header.jwk))
  if (own !== thumbprint) throw invalidProof('the proof is signed with another key than that of the token')
  return { jti, iat, nonce }
}

/** @param {string} proof */
async function opened(proof) {
  try {
    if (!isCanonical(proof)) throw invalidProof('not canonical')
    const { protectedHeader, payload } = await compactVerify(proof, EmbeddedJWK, { algorithms: DPOP_ALGORITHMS })
    if (protectedHeader.crit !== undefined) throw invalidProof('critical extensions')
    /** @type {Record<string, unknown>} */
    const claims = JSON.parse(new TextDecoder().decode(payload)) ?? {}
    return { header: protectedHeader, claims }
  } catch {
    throw invalidProof('the proof is missing, or its signature is not valid')
  }
}

/** The normalized URL without query and fragment; null if it is not a URL. @param {unknown} address */
function withoutQuery(address) {
  if (typeof address !== 'string' || !URL.canParse(address)) return null
  const url = new URL(address)
  url.search = ''
  url.hash = ''
  return url.href
}
