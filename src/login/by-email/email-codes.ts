import type { Needs } from '../../base/nouns.ts'
import { mac } from '../../base/sealing.ts'
import { inGroups, newCode, normalizeCode } from '../../base/text/typed-codes.ts'

/** 40 bits; links/link-codes.ts allows five attempts. */
const LENGTH = 8

/**
 * Codes in an email, beside its link. A code is valid for one account in one place: only a keyed digest of all three is
 * stored.
 */
export class EmailCodes {
  readonly #app

  constructor(app: Needs<'sealing'>) {
    this.#app = app
  }

  /** @returns the code as people read it, `7QJK-2M9F`, and the digest to store */
  make(accountId: string, place: string): { code: string; kept: string } {
    const code = newCode(LENGTH)
    return { code: inGroups(code), kept: mac(this.#keys[0]!, accountId, place, code) }
  }

  /** The digests of a typed code, one per key. */
  digests(accountId: string, place: string, typed: string): string[] {
    const code = normalizeCode(typed)
    return this.#keys.map(key => mac(key, accountId, place, code))
  }

  /** Newest first. The first one makes digests; digests of the others are still accepted. */
  get #keys(): Buffer[] {
    return this.#app.sealing.keysFor('sign-in codes')
  }
}
