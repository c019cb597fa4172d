import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { Algorithm } from '../../keys/signing-key.ts'
import { ExternalSigningKey } from './library.ts'

/**
 * Signs on the calling thread. The library would send each signature through the thread pool,
 * where it costs more than an ES256 signature itself and waits behind password hashes.
 */
export class SynchronousKey extends ExternalSigningKey {
  readonly #key: { kid: string; alg: Algorithm; privateKey: KeyObject }
  readonly #public: KeyObject

  constructor(key: { kid: string; alg: Algorithm; privateKey: KeyObject }) {
    super()
    this.#key = key
    this.#public = createPublicKey(key.privateKey)
  }

  override get kid(): string {
    return this.#key.kid
  }

  override get alg(): Algorithm {
    return this.#key.alg
  }

  override keyObject(): KeyObject {
    return this.#public
  }

  override async sign(data: Uint8Array): Promise<Buffer> {
    return sign('sha256', data, { key: this.#key.privateKey, dsaEncoding: 'ieee-p1363' })
  }
}
