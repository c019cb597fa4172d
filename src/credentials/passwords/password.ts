import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../../accounts/account.ts'

const PasswordSchema = defineEntity({
  name: 'Password',
  tableName: 'password',
  properties: {
    account: () => p.oneToOne(Account).primary(),
    /** PHC string: algorithm, parameters, salt and hash. */
    digest: p.text(),
    changedAt: p.datetime(),
  },
})

/** The current password of an account. */
export class Password extends PasswordSchema.class {}

PasswordSchema.setClass(Password)
