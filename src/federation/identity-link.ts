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
    /** What the provider calls the person for ever; unique with the provider. Nobody is found by an address. */
    subject: p.text(),
    /** The address it told last, for people to tell their links apart; null where it told none. */
    email: p.text().nullable(),
    /** Tokens of the last sign-in, sealed, where the provider's policy keeps them. */
    sealedTokens: p.text().nullable().hidden(),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
  },
})

/** That somebody at an upstream provider is the person of an account. */
export class IdentityLink extends IdentityLinkSchema.class {
  /** With `provider` populated. */
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
