import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'
import { type Purpose, rulesOf } from './purposes.ts'

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
    /** It went to that address by mail alone, so that the person who opens it has the address. */
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

/** A link that does one thing once: set up the first superuser, choose a new password, verify an address. */
export class OneTimeLink extends OneTimeLinkSchema.class {
  /** Whether it is still about the account as it is now. */
  get fits(): boolean {
    const { elsewhere, endedBy } = rulesOf(this.purpose)
    if (this.account == null || elsewhere) return true
    return this.address === this.account.email && !(endedBy.includes('signed-out') && signedOutSince(this))
  }
}

OneTimeLinkSchema.setClass(OneTimeLink)

/** No account has this id: a search for the links and codes of no account takes as long as a search for those of one. */
export const NO_ACCOUNT = '00000000-0000-0000-0000-000000000000'

/** That of an account, as all are but the first superuser's. */
export type AccountLink = OneTimeLink & { account: Account; address: string }

/** After a sign-out everywhere no earlier email signs in again. */
function signedOutSince({ account, createdAt }: OneTimeLink): boolean {
  return account?.signedOutAt != null && account.signedOutAt > createdAt
}
