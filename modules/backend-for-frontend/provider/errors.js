import { inOneLine } from '../requests/refusal.js'

/** The provider gave no usable answer: it can be tried again. */
export class ProviderAway extends Error {
  /** @param {string} what @param {unknown} [cause] */
  constructor(what, cause) {
    super(inOneLine(what), { cause })
    this.name = 'ProviderAway'
  }
}

/** The provider refused, with an error of OAuth 2.0 (RFC 6749, sections 4.1.2.1 and 5.2). */
export class ProviderRefused extends Error {
  /** @param {string} where @param {{ error: string, description?: unknown }} answer */
  constructor(where, { error, description }) {
    const details = description === undefined ? '' : ` (${description})`
    super(inOneLine(`${where} answered ${error}${details}`))
    this.name = 'ProviderRefused'
    this.error = error
  }
}

/** An answer that did not pass a check, such as the signature of a token. */
export class InvalidResponse extends Error {
  /** @param {string} what @param {unknown} [cause] */
  constructor(what, cause) {
    super(inOneLine(what), { cause })
    this.name = 'InvalidResponse'
  }
}
