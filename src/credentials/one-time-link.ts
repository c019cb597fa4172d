import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'

export type Purpose =
  | 'setup'
  | 'sign-in'
  | 'recovery'
  | 'verify-address'
  | 'change-address'
  | 'undo-address'
  | 'undo-address-code'
  | 'panic'
  | 'cancel-deletion'
  | 'reset-factors'
  | 'cancel-factor-reset'

/** These lead to an address that is not, or not any more, the account's own. */
const ELSEWHERE: ReadonlySet<Purpose> = new Set(['change-address', 'undo-address', 'undo-address-code'])

/** Links that are emailed to the address of an account and become worthless when the account changes hands or address. */
export const EMAILED_PURPOSES: readonly Purpose[] = [
  'recovery',
  'sign-in',
  'verify-address',
  'change-address',
  'panic',
  'cancel-deletion',
]

const OneTimeLinkSchema = defineEntity({
  name: 'OneTimeLink',
  tableName: 'one_time_link',
  properties: {
    /** SHA-256 of the token: the table holds nothing that opens anything. */
    digest: p.text().primary(),
    purpose: p.text().$type<Purpose>(),
    account: () => p.manyToOne(Account).nullable(),
    /** The address it is bound to: it dies with the account's having it, or is itself about getting it. */
    address: p.text().nullable(),
    /** It went to that address by mail alone, so that whoever opens it has the address. */
    provesAddress: p.boolean(),
    /** Digest of what tells the browser apart in which it was asked for. */
    browser: p.text().nullable(),
    /** Keyed digest of the code that does the same, and how often one was tried. */
    code: p.text().nullable(),
    tries: p.integer(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
})

/** A link that does one thing once: the first superuser's set-up, a new password, a proven address. */
export class OneTimeLink extends OneTimeLinkSchema.class {
  /** Whether it is still about the account as it is now. */
  get fits(): boolean {
    if (this.account == null || ELSEWHERE.has(this.purpose)) return true
    return this.address === this.account.email && !(this.purpose === 'sign-in' && signedOutSince(this))
  }
}

OneTimeLinkSchema.setClass(OneTimeLink)

/** Who was signed out everywhere does not come back by a letter from before. */
function signedOutSince({ account, createdAt }: OneTimeLink): boolean {
  return account?.signedOutAt != null && account.signedOutAt > createdAt
}
