import type { Needs } from '../../base/nouns.ts'
import { inGroups, newCode, normalizeCode } from '../../base/text/typed-codes.ts'

/** 40 bits; links/link-codes.ts allows five attempts. */
const LENGTH = 8

/**
 * Codes in an email, beside its link. A code is valid for one account in one interaction and browser: only a keyed
 * digest of all of them is stored.
 */
export class EmailCodes {
  readonly #app

  constructor(app: Needs<'sealing'>) {
    this.#app = app
  }

  /** @returns the code as people read it, `7QJK-2M9F`, and the digest to store */
  make(accountId: string, binding: string): { code: string; digest: string } {
    const code = inGroups(newCode(LENGTH))
    return { code, digest: this.digests(accountId, binding, code)[0]! }
  }

  /** The digests of a typed code, one per key. */
  digests(accountId: string, binding: string, typed: string): string[] {
    return this.#app.sealing.digests('sign-in codes', accountId, binding, normalizeCode(typed))
  }
}
