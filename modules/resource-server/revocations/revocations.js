/**
 * Which access tokens were revoked before they expired. A follower keeps the list in memory; here stands what it means for
 * a request: wait for the first complete list, go on for a while with an old one, then answer 503.
 */
import { invalidToken, unavailable } from '../answers/refusal.js'
import { epoch } from '../clock.js'
import { DigestTable } from '../digest-table.js'
import { ProviderUnavailable } from '../provider/limited-request.js'
import { Outage } from '../provider/outage.js'
import { Follower } from './follower.js'

/** Milliseconds for which a request waits for the list. */
const PATIENCE = 5000

export class Revocations {
  #provider
  #options
  #table = new DigestTable()
  #follower
  #outage
  /** @type {import('../types.d.ts').Status['state']} */
  #state
  #since
  /** @type {number | null} */
  #position = null
  #readAt = 0
  /** @type {Promise<void> | null} settles when the list was read completely, or could not be read */
  #firstAttempt = null
  #attempted = () => {}
  #closed = false

  /** @param {import('../provider/provider.js').Provider} provider @param {import('../options.js').Settled} options */
  constructor(provider, options) {
    const { clock, log, issuer, staleAfter } = options
    this.#provider = provider
    this.#options = options
    this.#state = options.revocations === false ? 'off' : 'loading'
    this.#since = clock.now()
    const advice = `Requests are answered with what is known for ${staleAfter} s, then with 503. Check that this server reaches ${issuer}.`
    this.#outage = new Outage(log, 'the list of revoked access tokens', advice)
    this.#follower = new Follower(provider, this.#table, options, {
      complete: position => this.#complete(position),
      failed: error => this.#failed(error),
    })
  }

  /** Begins to follow the list. @returns {Promise<void>} settles after the first attempt to read it */
  start() {
    if (this.#options.revocations === false || this.#closed) return Promise.resolve()
    if (!this.#firstAttempt) {
      this.#firstAttempt = new Promise(resolve => {
        this.#attempted = resolve
      })
      this.#follower.run(() => this.#endpoint())
    }
    return this.#firstAttempt
  }

  /**
   * @param {Buffer[]} keys under which a token can be revoked
   * @throws {import('../answers/refusal.js').Refusal}
   */
  async requireNone(keys) {
    if (this.#state === 'loading') await this.#firstList()
    const { clock, staleAfter } = this.#options
    if (this.#state === 'behind' && clock.now() - this.#readAt > staleAfter * 1000)
      throw unavailable('it is not known which tokens were revoked')
    const now = epoch(clock)
    if (keys.some(key => this.#table.has(key, now))) throw invalidToken('the token was revoked')
  }

  /** @returns {import('../types.d.ts').Status} */
  status() {
    const position = this.#position
    return { state: this.#state, since: new Date(this.#since), entries: this.#table.size, position }
  }

  close() {
    this.#closed = true
    this.#follower.close()
    this.#attempted()
  }

  async #firstList() {
    const enough = new AbortController()
    await Promise.race([this.start(), this.#options.clock.sleep(PATIENCE, enough.signal)])
    enough.abort()
    if (this.#state === 'loading') throw unavailable('it is not known yet which tokens were revoked')
  }

  async #endpoint() {
    const url = await this.#provider.endpoint('access_token_revocations_uri')
    if (url !== null) return url
    // As when a process of an earlier release answers, while Gatehouse is being updated.
    const again = await this.#provider.endpoint('access_token_revocations_uri', { newer: true })
    if (again !== null) return again
    if (this.#position !== null)
      throw new ProviderUnavailable(`the metadata of ${this.#options.issuer} names no list any more`)
    if (this.#state === 'off') return null
    this.#become('off')
    this.#attempted()
    this.#options.log(
      `gatehouse/resource-server: the metadata of ${this.#options.issuer} names no list of revoked access tokens, so tokens are accepted until they expire. Update Gatehouse, or set the option "revocations" to false.`,
    )
    return null
  }

  /** @param {number} position */
  #complete(position) {
    this.#readAt = this.#options.clock.now()
    this.#position = position
    this.#become('following')
    this.#outage.ended()
    this.#attempted()
  }

  /** @param {unknown} error */
  #failed(error) {
    if (this.#state === 'following') this.#become('behind')
    this.#outage.began(error)
    this.#attempted()
  }

  /** @param {import('../types.d.ts').Status['state']} state */
  #become(state) {
    if (this.#state === state) return
    this.#state = state
    this.#since = this.#options.clock.now()
  }
}
