import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { ALGORITHMS, type Algorithm } from './cose-keys.ts'

/** How it behaves; each property can be changed for one response. */
export interface Habits {
  /** The origin of the browser. */
  origin: string
  /** The host whose hash it signs; that of the origin by default. */
  rpId?: string
  /** Signs this challenge instead of the given one. */
  challenge?: string
  type?: string
  framed?: boolean
  verifies?: boolean
  present?: boolean
  backupEligible?: boolean
  backedUp?: boolean
  counter?: number
  aaguid?: string
  attestation?: { fmt: string; attStmt: Map<string, unknown> }
  /** The user handle it returns instead of its own; null for none. */
  userHandle?: string | null
  /** The key it signs with instead of its own. */
  key?: KeyObject
  /** The credential ID it returns instead of its own. */
  id?: string
}

type Cbor = Parameters<typeof isoCBOR.encode>[0]

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()

/** A browser and an authenticator in one, in software, with one passkey (WebAuthn sections 5 and 6, attestation `none`). */
export class SecurityKey {
  readonly #habits: Habits
  readonly #algorithm: (typeof ALGORITHMS)[Algorithm]
  readonly #keys: { publicKey: KeyObject; privateKey: KeyObject }
  readonly id = randomBytes(32).toString('base64url')
  #userHandle: string | null = null

  constructor(habits: Habits, algorithm: Algorithm = 'ES256') {
    this.#habits = habits
    this.#algorithm = ALGORITHMS[algorithm]
    this.#keys = this.#algorithm.make()
  }

  /** What `navigator.credentials.create` returns for these options, as JSON. */
  create(options: { challenge: string; user: { id: string } }, instead: Partial<Habits> = {}) {
    const habits = { ...this.#habits, ...instead }
    this.#userHandle = options.user.id
    const attestation = habits.attestation ?? { fmt: 'none', attStmt: new Map() }
    const object = new Map<string, Cbor>([
      ['fmt', attestation.fmt],
      ['attStmt', attestation.attStmt as Cbor],
      ['authData', this.#data(habits, this.#credentialData(habits))],
    ])
    return {
      ...this.#credential(habits),
      response: {
        clientDataJSON: clientData('webauthn.create', options.challenge, habits).toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(object)).toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    }
  }

  /** What `navigator.credentials.get` returns for these options, as JSON. */
  get(options: { challenge: string }, instead: Partial<Habits> = {}) {
    const habits = { ...this.#habits, ...instead }
    const data = this.#data(habits)
    const client = clientData('webauthn.get', options.challenge, habits)
    const signature = sign(
      this.#algorithm.digest,
      Buffer.concat([data, sha256(client)]),
      habits.key ?? this.#keys.privateKey,
    )
    const handle = habits.userHandle === undefined ? this.#userHandle : habits.userHandle
    return {
      ...this.#credential(habits),
      response: {
        clientDataJSON: client.toString('base64url'),
        authenticatorData: data.toString('base64url'),
        signature: signature.toString('base64url'),
        ...(handle !== null && { userHandle: handle }),
      },
    }
  }

  #credential({ id = this.id }: Habits) {
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, authenticatorAttachment: 'platform' }
  }

  /** Section 6.1. */
  #data(habits: Habits, credentialData?: Buffer): Buffer<ArrayBuffer> {
    const { present = true, verifies = true, backupEligible = false, backedUp = false, counter = 0 } = habits
    const flags = [present && 0x01, verifies && 0x04, backupEligible && 0x08, backedUp && 0x10, credentialData && 0x40]
    const tail = Buffer.alloc(5)
    tail[0] = flags.reduce<number>((sum, flag) => sum | Number(flag || 0), 0)
    tail.writeUInt32BE(counter, 1)
    const rpId = habits.rpId ?? new URL(habits.origin).hostname
    return Buffer.concat([sha256(rpId), tail, credentialData ?? Buffer.alloc(0)])
  }

  /** Section 6.5.1. */
  #credentialData({ aaguid = '00000000-0000-0000-0000-000000000000', id = this.id }: Habits): Buffer {
    const name = Buffer.from(id, 'base64url')
    const length = Buffer.alloc(2)
    length.writeUInt16BE(name.length)
    const key = new Map<number, Cbor>(this.#algorithm.cose(this.#keys.publicKey.export({ format: 'jwk' })))
    return Buffer.concat([Buffer.from(aaguid.replaceAll('-', ''), 'hex'), length, name, isoCBOR.encode(key as Cbor)])
  }
}

/** Section 5.8.1. */
function clientData(usual: string, asked: string, { type = usual, challenge = asked, origin, framed }: Habits): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: framed ?? false }))
}
