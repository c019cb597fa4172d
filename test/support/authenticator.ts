import { createHmac } from 'node:crypto'
import type { Clock } from '../../src/base/clock.ts'

/** An authenticator app: TOTP as in RFC 6238, without a library. */
export class Authenticator {
  readonly #seed: Buffer
  readonly #clock: Clock

  /** @param secret in base32, in groups, as a page shows it */
  constructor(secret: string, clock: Clock) {
    this.#seed = fromBase32(secret.replaceAll(' ', ''))
    this.#clock = clock
  }

  /** The code it shows now; with `steps`, the code it shows that many periods of 30 seconds later. */
  code(steps = 0): string {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(Math.floor(this.#clock.now().getTime() / 30_000) + steps))
    const hmac = createHmac('sha1', this.#seed).update(counter).digest()
    const number = hmac.readUInt32BE(hmac.at(-1)! & 15) & 0x7fffffff
    return String(number % 1_000_000).padStart(6, '0')
  }
}

/** RFC 4648 section 6, without padding. */
function fromBase32(text: string): Buffer {
  const bits = [...text].map(character =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(character).toString(2).padStart(5, '0'),
  )
  return Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map(byte => Number.parseInt(byte, 2)),
  )
}
