import { defineEntity, type Opt, p } from '@mikro-orm/core'
import type { ClaimMapping } from './claim-mapping.ts'
import type { ProviderPolicy } from './policy.ts'
import type { Endpoints } from './preset.ts'
import { type Kind, presetOf } from './presets.ts'

const IdentityProviderSchema = defineEntity({
  name: 'IdentityProvider',
  tableName: 'identity_provider',
  properties: {
    id: p.uuid().primary(),
    /** What it is called in addresses and on the command line: `google`. Part of its redirect URI, and never changed. */
    name: p.text().unique(),
    /** The preset that says how it is spoken to. */
    kind: p.text().$type<Kind>(),
    /** What people know it as. */
    title: p.text(),
    /** Of an OpenID Provider, exactly as its ID tokens say it; null for plain OAuth 2.0. */
    issuer: p.text().nullable(),
    /** Null where discovery tells them. */
    endpoints: p.json().$type<Endpoints>().nullable(),
    clientId: p.text(),
    /** The client secret, or the private key that signs one, sealed; null for a public client. */
    sealedSecret: p.text().nullable().hidden(),
    /** What the preset asks for beside: `teamId`, `keyId`. */
    settings: p.json().$type<Record<string, string>>(),
    scopes: p.array(),
    mapping: p.json().$type<ClaimMapping>(),
    policy: p.json().$type<ProviderPolicy>(),
    /** Lowest first on the sign-in page. */
    position: p.integer(),
    enabled: p.boolean(),
    createdAt: p.datetime(),
  },
})

/** Somebody else's provider through which people may sign in here. */
export class IdentityProvider extends IdentityProviderSchema.class {
  /** Whether it is an OpenID Provider, whose ID token says who somebody is. */
  get openid(): Opt<boolean> {
    return presetOf(this.kind).protocol === 'oidc'
  }

  /** All but the secret. */
  summary() {
    return {
      name: this.name,
      kind: this.kind,
      title: this.title,
      enabled: this.enabled,
      issuer: this.issuer ?? null,
      endpoints: this.endpoints ?? null,
      clientId: this.clientId,
      hasSecret: this.sealedSecret != null,
      settings: this.settings,
      scopes: this.scopes,
      mapping: this.mapping,
      policy: this.policy,
      position: this.position,
      createdAt: this.createdAt,
    }
  }
}

IdentityProviderSchema.setClass(IdentityProvider)
