import { defineEntity, p } from '@mikro-orm/core'
import type { RegistrationPolicy } from './registration-policy.ts'

/** The policy of a token. Scopes: null for those that any program may register. */
export interface TokenPolicy extends Omit<RegistrationPolicy, 'scopes'> {
  scopes: string[] | null
}

const RegistrationTokenSchema = defineEntity({
  name: 'RegistrationToken',
  tableName: 'registration_token',
  properties: {
    id: p.uuid().primary(),
    name: p.text(),
    /** SHA-256 of the token. */
    digest: p.text(),
    policy: p.json().$type<TokenPolicy>(),
    maxUses: p.integer(),
    used: p.integer(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
  },
})

/** Allows programs to register a number of clients within a policy: an initial access token (RFC 7591 section 1.2). */
export class RegistrationToken extends RegistrationTokenSchema.class {
  summary() {
    const { name, policy, maxUses, used, createdAt, expiresAt } = this
    return { name, ...policy, maxUses, used, createdAt, expiresAt }
  }
}

RegistrationTokenSchema.setClass(RegistrationToken)
