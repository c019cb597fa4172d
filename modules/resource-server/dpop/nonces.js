import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Seconds. */
const PERIOD = 120

/**
 * Nonces that change with the time and are stored nowhere (RFC 9449 section 9). That of the period before is accepted too,
 * and the next one, which a process whose clock is ahead may have handed out.
 */
export class Nonces {
  #secret

  /** @param {string | Buffer} secret */
  constructor(secret = randomBytes(32)) {
    this.#secret = secret
  }

  /** @param {number} now epoch seconds */
  current(now) {
    return this.#of(Math.floor(now / PERIOD))
  }

  /** @param {unknown} nonce @param {number} now */
  accepts(nonce, now) {
    const given = Buffer.from(String(nonce))
    const period = Math.floor(now / PERIOD)
    return [period, period - 1, period + 1].some(each => {
      const own = Buffer.from(this.#of(each))
      return given.length === own.length && timingSafeEqual(given, own)
    })
  }

  /** @param {number} period */
  #of(period) {
    return createHmac('sha256', this.#secret).update(`dpop-nonce ${period}`).digest('base64url')
  }
}
