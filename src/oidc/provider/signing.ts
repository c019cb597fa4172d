import { constants, createPublicKey, type KeyObject, type SignKeyObjectInput, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { SigningAlgorithm } from '../../base/signing-algorithms.ts'
import { ExternalSigningKey } from './library.ts'

const inThreadPool = promisify(sign)

/** The hash and the parameters of a signature, by algorithm (RFC 7518 section 3, RFC 8037 section 3.1). */
const SIGNATURES: Record<SigningAlgorithm, { hash: string | null; options: Omit<SignKeyObjectInput, 'key'> }> = {
  RS256: { hash: 'sha256', options: { padding: constants.RSA_PKCS1_PADDING } },
  PS256: { hash: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  ES256: { hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  Ed25519: { hash: null, options: {} },
}

/**
 * Signs with an elliptic curve on the calling thread, where it takes a tenth of a millisecond: in the thread pool it would
 * wait behind password hashes. An RSA signature takes ten times as long, in which no request would be answered, so it
 * is made in the thread pool.
 */
export class ProviderKey extends ExternalSigningKey {
  readonly #key: { kid: string; alg: SigningAlgorithm; privateKey: KeyObject }
  readonly #public: KeyObject

  constructor(key: { kid: string; alg: SigningAlgorithm; privateKey: KeyObject }) {
    super()
    this.#key = key
    this.#public = createPublicKey(key.privateKey)
  }

  override get kid(): string {
    return this.#key.kid
  }

  override get alg(): SigningAlgorithm {
    return this.#key.alg
  }

  override keyObject(): KeyObject {
    return this.#public
  }

  override async sign(data: Uint8Array): Promise<Buffer> {
    const { hash, options } = SIGNATURES[this.#key.alg]
    const key = { ...options, key: this.#key.privateKey }
    return this.#key.privateKey.asymmetricKeyType === 'rsa' ? inThreadPool(hash, data, key) : sign(hash, data, key)
  }
}
