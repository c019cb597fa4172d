import { defineEntity, p } from '@mikro-orm/core'
import { Account } from '../accounts/account.ts'
import { IdentityProvider } from './providers/identity-provider.ts'

const IdentityLinkSchema = defineEntity({
  name: 'IdentityLink',
  tableName: 'identity_link',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    provider: () => p.manyToOne(IdentityProvider),
    /** The provider's permanent identifier of the person; unique with the provider. */
    subject: p.text(),
    /** At the last sign-in, so that people can tell their links apart; never used to find an account. */
    email: p.text().nullable(),
    /** The tokens of the last sign-in, sealed, if the provider's policy keeps them. */
    sealedTokens: p.text().nullable().hidden(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
})

/** Connects an account with a person at an upstream provider. */
export class IdentityLink extends IdentityLinkSchema.class {
  /** Requires `provider` to be populated. */
  summary() {
    return {
      id: this.id,
      provider: this.provider.name,
      title: this.provider.title,
      email: this.email ?? null,
      createdAt: this.createdAt,
      lastUsedAt: this.lastUsedAt ?? null,
    }
  }
}

IdentityLinkSchema.setClass(IdentityLink)
