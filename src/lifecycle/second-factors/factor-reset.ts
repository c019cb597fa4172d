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

/** Second factors that will go, because their person has lost them all, unless somebody objects or uses one. */
export class FactorReset extends FactorResetSchema.class {}

FactorResetSchema.setClass(FactorReset)
