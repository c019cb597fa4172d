import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { defineEntity, p } from '@mikro-orm/core'
import type { JWK } from 'jose'
import type { Sealing } from '../base/sealing.ts'
import type { SigningAlgorithm } from '../base/signing-algorithms.ts'

const generate = promisify(generateKeyPair)

/** Every installation has keys for these. Keys for the others are made when the first client or API is registered for one. */
export const INITIAL_ALGORITHMS: readonly SigningAlgorithm[] = ['RS256', 'ES256']

/** next: published, not yet used. current: signs. retired: only verifies, until what it signed has expired. */
export type Stage = 'next' | 'current' | 'retired'

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_key',
  properties: {
    /** The JWK's `kid`: its thumbprint (RFC 7638). */
    kid: p.text().primary(),
    alg: p.text().$type<SigningAlgorithm>(),
    stage: p.text().$type<Stage>(),
    publicJwk: p.json().$type<JWK>(),
    /** PKCS #8 PEM, sealed. */
    sealed: p.text(),
    createdAt: p.datetime(),
    retiredAt: p.datetime().nullable(),
  },
})

/** A key pair that signs tokens. */
export class SigningKey extends SigningKeySchema.class {
  privateKey(sealing: Sealing): KeyObject {
    return createPrivateKey(sealing.open(this.sealed, 'signing key'))
  }

  retire(at: Date) {
    this.stage = 'retired'
    this.retiredAt = at
  }

  summary() {
    const { kid, alg, stage, createdAt, retiredAt = null } = this
    return { kid, alg, stage, createdAt, retiredAt }
  }
}

SigningKeySchema.setClass(SigningKey)

export interface KeyPair {
  alg: SigningAlgorithm
  publicKey: KeyObject
  privateKey: KeyObject
}

const rsa = () => generate('rsa', { modulusLength: 2048 })
const GENERATE = {
  RS256: rsa,
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  PS256: rsa,
  Ed25519: () => generate('ed25519', {}),
}

/** Made in another thread: an RSA key takes a tenth of a second and more, in which this process answers requests. */
export async function newKeyPair(alg: SigningAlgorithm): Promise<KeyPair> {
  return { alg, ...(await GENERATE[alg]()) }
}
