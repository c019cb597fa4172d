import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    /** HMAC of the account and the code, under a key of ours: the table alone does not tell what to guess at. */
    digest: p.text().primary(),
    account: () => p.manyToOne(Account),
    madeAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
})

/** One of the codes that a person keeps on paper for the day on which their other factor is lost. */
export class RecoveryCode extends RecoveryCodeSchema.class {}

RecoveryCodeSchema.setClass(RecoveryCode)
