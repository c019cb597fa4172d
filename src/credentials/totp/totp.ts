import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const TotpSchema = defineEntity({
  name: 'Totp',
  tableName: 'totp',
  properties: {
    account: () => p.oneToOne(Account).primary(),
    /** The seed that the app shares with us, 160 bits in base32 (RFC 4648 section 6), sealed. */
    sealed: p.text(),
    /** The newest time step of which a code was accepted: of it, and of older ones, none is any more. */
    lastStep: p.integer(),
    addedAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
})

/** An app that shows a new code every half minute: something that an account's owner has. */
export class Totp extends TotpSchema.class {}

TotpSchema.setClass(Totp)
