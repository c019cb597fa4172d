/** Logs once when something of the provider can't be used, and once when it can again. */
export class Outage {
  #log
  #what
  #advice
  #lasting = false

  /**
   * @param {(message: string) => void} log
   * @param {string} what
   * @param {string} advice what happens now, and what the operator can do
   */
  constructor(log, what, advice) {
    this.#log = log
    this.#what = what
    this.#advice = advice
  }

  /** @param {unknown} reason */
  began(reason) {
    if (this.#lasting) return
    this.#lasting = true
    const message = reason instanceof Error ? reason.message : String(reason)
    this.#log(`gatehouse/resource-server: can't read ${this.#what}: ${message}. ${this.#advice}`)
  }

  ended() {
    if (!this.#lasting) return
    this.#lasting = false
    this.#log(`gatehouse/resource-server: can read ${this.#what} again.`)
  }
}
