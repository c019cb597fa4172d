import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'
import { type Purpose, rulesOf } from './purposes.ts'

const OneTimeLinkSchema = defineEntity({
  name: 'OneTimeLink',
  tableName: 'one_time_link',
  properties: {
    /** SHA-256 of the token, so that a copy of the table opens nothing. */
    digest: p.text().primary(),
    purpose: p.text().$type<Purpose>(),
    account: () => p.manyToOne(Account).nullable(),
    /** The address it is bound to. It ends when the account's address changes, unless it is about another address. */
    address: p.text().nullable(),
    /** It was only sent to that address by email, so the person who opens it owns the address. */
    provesAddress: p.boolean(),
    /** Digest of the identifier of the browser that requested it. */
    browser: p.text().nullable(),
    /** Keyed digest of the code that replaces the link, and the number of attempts at it. */
    code: p.text().nullable(),
    tries: p.integer(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
})

/** A link that does one thing once: set up the first superuser, choose a new password, verify an address. */
export class OneTimeLink extends OneTimeLinkSchema.class {
  /** Whether the account is still in the state in which the link works. */
  get fits(): boolean {
    const { elsewhere, endedBy } = rulesOf(this.purpose)
    if (this.account == null || elsewhere) return true
    return this.address === this.account.email && !(endedBy.includes('signed-out') && signedOutSince(this))
  }
}

OneTimeLinkSchema.setClass(OneTimeLink)

/** A link of an account. Only the link for the first superuser has no account. */
export type AccountLink = OneTimeLink & { account: Account; address: string }

/** After a sign-out everywhere, earlier emails no longer sign in. */
function signedOutSince({ account, createdAt }: OneTimeLink): boolean {
  return account?.signedOutAt != null && account.signedOutAt > createdAt
}
