import type { Needs } from '../../base/nouns.ts'
import { mac } from '../../base/sealing.ts'
import { inGroups, newCode, normalizeCode } from '../../base/text/typed-codes.ts'

/** Forty bits, of which a handful are tried (links/one-time-links.ts). */
const LENGTH = 8

/**
 * Codes that go by mail beside a link. A code means something to one account in one place alone: what is kept of it is a
 * digest under a key of ours, over both.
 */
export class EmailCodes {
  readonly #app

  constructor(app: Needs<'sealing'>) {
    this.#app = app
  }

  /** @returns the code as people read it, `7QJK-2M9F`, and what is kept of it */
  make(accountId: string, place: string): { code: string; kept: string } {
    const code = newCode(LENGTH)
    return { code: inGroups(code), kept: mac(this.#keys[0]!, accountId, place, code) }
  }

  /** What would have been kept of what was typed. */
  digests(accountId: string, place: string, typed: string): string[] {
    const code = normalizeCode(typed)
    return this.#keys.map(key => mac(key, accountId, place, code))
  }

  /** Newest first; the first makes, the others still know. */
  get #keys(): Buffer[] {
    return this.#app.sealing.keysFor('sign-in codes')
  }
}
