import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const TotpSchema = defineEntity({
  name: 'Totp',
  tableName: 'totp',
  properties: {
    account: () => p.oneToOne(Account).primary(),
    /** The secret that the app shares with us, 160 bits in base32 (RFC 4648 section 6), encrypted. */
    sealed: p.text(),
    /** The newest time step of which a code was accepted. Codes of this step and of older ones are refused. */
    lastStep: p.integer(),
    addedAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
})

/** An authenticator app, which shows a new code every 30 seconds. */
export class Totp extends TotpSchema.class {}

TotpSchema.setClass(Totp)
