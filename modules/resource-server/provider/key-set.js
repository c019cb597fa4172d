import { constants, createPublicKey, verify } from 'node:crypto'

const SHORTEST_RSA = 2048

/**
 * How a signature is verified, by the algorithm in the header (RFC 7518 section 3, RFC 8037 section 3.1). Asymmetric ones
 * only: with HS256, a public key would be the secret. It is done by node:crypto on the calling thread, where it takes less
 * than half the time that WebCrypto and its queue take.
 * @type {Record<string, { fits: (key: KeyObject) => boolean, hash: string | null, options: object, length?: number }>}
 */
const ALGORITHMS = {
  ES256: {
    fits: key => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
    ...{ hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' }, length: 64 },
  },
  RS256: { fits: isRsa, hash: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: { fits: isRsa, hash: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  Ed25519: { fits: isEd25519, hash: null, options: {} },
  EdDSA: { fits: isEd25519, hash: null, options: {} },
}

/** The public keys of the provider, each for the algorithm that it is published for. */
export class KeySet {
  /** @type {Map<unknown, { alg: unknown, key: KeyObject }>} */
  #keys = new Map()

  /** Leaves out what can't verify signatures. @param {unknown[]} jwks */
  constructor(jwks) {
    for (const jwk of jwks) {
      const { kid, alg, use = 'sig' } = /** @type {Record<string, unknown>} */ (jwk ?? {})
      const key = use === 'sig' ? publicKey(jwk) : null
      if (key) this.#keys.set(kid, { alg, key })
    }
  }

  /** @param {string} kid */
  has(kid) {
    return this.#keys.has(kid)
  }

  /**
   * Whether the signature is that of this key.
   * @param {{ kid: string, alg: string }} header
   * @param {string} signed the header and the payload, as they were signed
   * @param {Buffer} signature
   */
  verifies({ kid, alg }, signed, signature) {
    const found = this.#keys.get(kid)
    const algorithm = Object.hasOwn(ALGORITHMS, alg) ? ALGORITHMS[alg] : undefined
    if (!found || !algorithm?.fits(found.key) || (found.alg !== undefined && found.alg !== alg)) return false
    const { hash, options, length = signature.length } = algorithm
    return signature.length === length && verify(hash, Buffer.from(signed), { ...options, key: found.key }, signature)
  }
}

/** Whether signatures with this algorithm are accepted. @param {unknown} alg @returns {alg is string} */
export function isAccepted(alg) {
  return typeof alg === 'string' && Object.hasOwn(ALGORITHMS, alg)
}

/** @param {KeyObject} key */
function isRsa({ asymmetricKeyType, asymmetricKeyDetails }) {
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= SHORTEST_RSA
}

/** @param {KeyObject} key */
function isEd25519({ asymmetricKeyType }) {
  return asymmetricKeyType === 'ed25519'
}

/** Null for a key of a kind that is not known, or that is none. @param {unknown} jwk @returns {KeyObject | null} */
function publicKey(jwk) {
  try {
    return createPublicKey({ key: /** @type {import('node:crypto').webcrypto.JsonWebKey} */ (jwk), format: 'jwk' })
  } catch {
    return null
  }
}

/** @typedef {import('node:crypto').KeyObject} KeyObject */
