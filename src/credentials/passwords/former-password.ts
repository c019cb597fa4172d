import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const FormerPasswordSchema = defineEntity({
  name: 'FormerPassword',
  tableName: 'former_password',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    /** PHC string: algorithm, parameters, salt and hash. */
    digest: p.text(),
    setAt: p.datetime(),
    replacedAt: p.datetime(),
  },
})

/**
 * A password that the account had lately. Nobody signs in with it; it shows that a person had the account before its
 * address changed, also where a thief has replaced the password (lifecycle/keeping/address-restore.ts).
 */
export class FormerPassword extends FormerPasswordSchema.class {}

FormerPasswordSchema.setClass(FormerPassword)
