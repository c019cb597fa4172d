/**
 * Checks that who presents a DPoP-bound token has its key (RFC 9449): each request has a proof of its own, made for this
 * method, URL and token, which counts once.
 */
import { hash } from 'node:crypto'
import { invalidToken, Refusal, unavailable } from '../answers/refusal.js'
import { epoch } from '../clock.js'
import { Outage } from '../provider/outage.js'
import { MemoryReplays } from './memory-replays.js'
import { Nonces } from './nonces.js'
import { checkProof, PROOF_WINDOW } from './proof.js'

export class Possession {
  #options
  #replays
  #nonces
  #outage
  #hinted = false

  /** @param {import('../options.js').Settled} options */
  constructor(options) {
    const { dpop, replays, clock, log } = options
    this.#options = options
    this.#replays = replays ?? new MemoryReplays(clock)
    this.#outage = new Outage(log, 'the store of used DPoP proofs', 'Requests with a proof get 503.')
    this.#nonces = dpop?.nonce === 'required' ? new Nonces(dpop.nonceSecret) : null
  }

  /**
   * @param {import('../protected-api.js').ApiRequest} request
   * @param {{ scheme: 'Bearer' | 'DPoP', token: string, thumbprint: string | null }} presented
   * @returns {Promise<Record<string, string>>} headers of the response
   * @throws {Refusal}
   */
  async check(request, { scheme, token, thumbprint }) {
    const { publicUrl, dpop, clock } = this.#options
    if (thumbprint === null) {
      if (scheme === 'DPoP') throw invalidToken('the token is not bound to a key')
      if (dpop?.required) throw invalidToken('only DPoP-bound tokens are accepted')
      return {}
    }
    if (scheme === 'Bearer') throw invalidToken('the token is bound to a key, and needs the scheme DPoP and a proof')
    if (publicUrl === null) throw this.#unsupported()
    const url = publicUrl.replace(/\/$/, '') + request.path
    const target = { token, thumbprint, method: request.method, url, now: epoch(clock) }
    const proof = await checkProof(request.header('dpop') ?? '', target)
    const headers = this.#checkNonce(proof.nonce, target.now)
    await this.#useOnce(`${thumbprint} ${proof.jti}`, proof.iat + PROOF_WINDOW + 1)
    return headers
  }

  #unsupported() {
    if (!this.#hinted)
      this.#options.log('gatehouse/resource-server: DPoP needs the option "url", the public address of this server.')
    this.#hinted = true
    return invalidToken('this API does not accept DPoP')
  }

  /** @param {unknown} nonce @param {number} now @returns {Record<string, string>} the next nonce, if it has changed */
  #checkNonce(nonce, now) {
    if (!this.#nonces) return {}
    const next = this.#nonces.current(now)
    if (nonce === next) return {}
    const headers = { 'DPoP-Nonce': next }
    if (nonce !== undefined && this.#nonces.accepts(nonce, now)) return headers
    throw new Refusal(401, 'use_dpop_nonce', 'the proof needs the nonce of this response', {}, headers)
  }

  /** @param {string} use @param {number} until */
  async #useOnce(use, until) {
    const seen = await this.#seen(hash('sha256', use, 'base64url'), until)
    if (seen) throw new Refusal(401, 'invalid_dpop_proof', 'the proof was used before')
  }

  /** @param {string} id @param {number} until */
  async #seen(id, until) {
    try {
      const seen = await this.#replays.seen(id, until)
      this.#outage.ended()
      return seen
    } catch (error) {
      this.#outage.began(error)
      throw unavailable('the proof cannot be checked now')
    }
  }
}
