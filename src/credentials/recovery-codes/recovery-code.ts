import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    /** HMAC of the account and the code under a key of ours, so that a copy of the table does not allow guessing. */
    digest: p.text().primary(),
    account: () => p.manyToOne(Account),
    madeAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
})

/** One of the codes that a person keeps in case they lose their other factors. */
export class RecoveryCode extends RecoveryCodeSchema.class {}

RecoveryCodeSchema.setClass(RecoveryCode)
