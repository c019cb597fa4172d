/**
 * Cookies with the prefix `__Host-`: only this host, over https, can set them, so neither a subdomain nor someone on the
 * network can give the browser another one. Safari does not accept them on http://localhost; `insecure` leaves out the
 * prefix and `Secure` there.
 */
export class Cookies {
  #prefix
  #attributes

  /** @param {{ insecure: boolean }} options */
  constructor({ insecure }) {
    this.#prefix = insecure ? '' : '__Host-'
    this.#attributes = `Path=/; HttpOnly; SameSite=Lax${insecure ? '' : '; Secure'}`
  }

  /**
   * The value of a cookie; undefined if there is none, or more than one.
   * @param {Pick<import('./incoming.js').Incoming, 'header'>} request
   * @param {string} name
   */
  get(request, name) {
    const found = this.all(request).filter(([candidate]) => candidate === name)
    return found.length === 1 ? found[0]?.[1] : undefined
  }

  /**
   * All cookies of ours, without the prefix of their names, the oldest first (RFC 6265, section 5.4).
   * @param {Pick<import('./incoming.js').Incoming, 'header'>} request
   * @returns {[name: string, value: string][]}
   */
  all({ header }) {
    return (header('cookie') ?? '')
      .split(';')
      .map(part => part.trim())
      .filter(part => part.startsWith(this.#prefix) && part.includes('='))
      .map(part => [part.slice(this.#prefix.length, part.indexOf('=')), part.slice(part.indexOf('=') + 1)])
  }

  /**
   * The header that sets a cookie: for `seconds`, or until the browser is closed.
   * @param {string} name @param {string} value @param {number} [seconds]
   */
  set(name, value, seconds) {
    const age = seconds === undefined ? '' : `; Max-Age=${seconds}`
    return `${this.#prefix}${name}=${value}; ${this.#attributes}${age}`
  }

  /** @param {string} name */
  remove(name) {
    return `${this.set(name, '', 0)}; Expires=Thu, 01 Jan 1970 00:00:00 GMT`
  }
}
