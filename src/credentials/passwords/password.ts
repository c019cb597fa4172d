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
 * A recent password of the account that was replaced. It cannot be used to sign in. It shows that a person had the
 * account before its address changed, even if a thief has replaced the password (lifecycle/email-change/former-owner.ts).
 */
export class FormerPassword extends FormerPasswordSchema.class {}

FormerPasswordSchema.setClass(FormerPassword)
