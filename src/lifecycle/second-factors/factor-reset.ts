import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const FactorResetSchema = defineEntity({
  name: 'FactorReset',
  tableName: 'factor_reset',
  properties: {
    account: () => p.oneToOne(Account).primary(),
    askedAt: p.datetime(),
    dueAt: p.datetime(),
  },
})

/** A scheduled removal of all second factors of a person who has lost them; it can be cancelled until then. */
export class FactorReset extends FactorResetSchema.class {}

FactorResetSchema.setClass(FactorReset)
