/** Records the responses that applications got for their codes and tokens, and compares them with the final state. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fixture } from '../fixture.ts'
import { type RelyingParty, WrongAnswer } from './relying-party.ts'

const PATIENCE_MS = 30_000
const PAUSE_MS = 50

/** One sign-in, with its own session and grant. */
interface Entry {
  code: string
  verifier: string
  /** the newest refresh token, and those it replaced */
  token: string
  used: string[]
  revoked: boolean
}

export class Ledger {
  readonly #entries: Entry[] = []
  readonly violations: string[] = []
  /** requests that were answered with 503, or not at all */
  failures = 0
  refreshes = 0
  revocations = 0

  get entries() {
    return this.#entries.length
  }

  /** Signs in, refreshes, revokes every third time, and starts again, for as long as `running` returns true. */
  async keep(rp: RelyingParty, account: Fixture['accounts'][number], running: () => boolean): Promise<void> {
    for (let turn = 0; running(); turn += 1) {
      rp.connection.forgetCookies()
      const { path, verifier } = rp.authorization()
      const code = await this.#unlessAway(() => rp.signIn(path, account))
      if (code === null) continue
      const given = await this.#insist('a code', () => rp.exchange(code, verifier))
      if (given === null) continue
      const entry: Entry = { code, verifier, token: given.refresh_token, used: [], revoked: false }
      this.#entries.push(entry)
      for (let step = 0; step < turn % 4; step += 1) {
        const next = await this.#insist('a refresh token', () => rp.refresh(entry.token))
        if (next === null) break
        entry.used.push(entry.token)
        entry.token = next.refresh_token
        this.refreshes += 1
      }
      if (turn % 3 !== 0) continue
      await this.#insist('a revocation', () => rp.revoke(entry.token))
      entry.revoked = true
      this.revocations += 1
    }
  }

  /** Checks the final state. Call it when no request is under way, and lost responses are no longer repeated. */
  async settle(rp: RelyingParty): Promise<void> {
    for (const entry of this.#entries) {
      const active = await rp.active(entry.token)
      if (active === entry.revoked) this.violations.push(active ? 'a revoked token is active' : 'a token was lost')
    }
    for (const { code, verifier, used } of this.#entries) {
      for (const token of used) await this.#refused('a used refresh token', () => rp.refresh(token))
      await this.#refused('a used code', () => rp.exchange(code, verifier))
    }
  }

  /** Repeats a request while it is answered with a temporary error. @returns null after a violation */
  async #insist<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      try {
        return await work()
      } catch (error) {
        this.failures += 1
        const refused = error instanceof WrongAnswer && error.answer.status !== 503
        if (refused || performance.now() > end) {
          this.violations.push(`${what} that should have been accepted: ${error}`)
          return null
        }
        await sleep(PAUSE_MS)
      }
    }
  }

  async #unlessAway<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work()
    } catch {
      this.failures += 1
      await sleep(PAUSE_MS)
      return null
    }
  }

  async #refused(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      this.violations.push(`${what} was accepted again`)
    } catch (error) {
      if (!(error instanceof WrongAnswer) || error.answer.status !== 400) throw error
    }
  }
}
