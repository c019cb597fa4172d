import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Algorithm } from '../../keys/signing-key.ts'
import { ExternalSigningKey } from './library.ts'

/**
 * Signs on the calling thread. The library would send each signature through the thread pool,
 * where it costs more than an ES256 signature itself and waits behind password hashes.
 */
export class SynchronousKey extends ExternalSigningKey {
  readonly #kid: string
  readonly #alg: Algorithm
  readonly #private: KeyObject
  readonly #public: KeyObject

  constructor({ kid, alg, privateKey }: { kid: string; alg: Algorithm; privateKey: KeyObject }) {
    super()
    this.#kid = kid
    this.#alg = alg
    this.#private = privateKey
    this.#public = createPublicKey(privateKey)
  }

  override get kid(): string {
    return this.#kid
  }

  override get alg(): Algorithm {
    return this.#alg
  }

  override keyObject(): KeyObject {
    return this.#public
  }

  override async sign(data: Uint8Array): Promise<Buffer> {
    return sign('sha256', data, { key: this.#private, dsaEncoding: 'ieee-p1363' })
  }
}
