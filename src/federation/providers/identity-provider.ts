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
    /** In URLs and on the command line: `google`. It is part of the redirect URI and never changes. */
    name: p.text().unique(),
    /** Its preset. */
    kind: p.text().$type<Kind>(),
    /** The name that people see. */
    title: p.text(),
    /** Exactly the `iss` of its ID tokens; for plain OAuth 2.0, of its responses, or null. */
    issuer: p.text().nullable(),
    /** Null if they come from discovery. */
    endpoints: p.json().$type<Endpoints>().nullable(),
    clientId: p.text(),
    /** The client secret, or the private key that signs one, sealed; null for a public client. */
    sealedSecret: p.text().nullable().hidden(),
    /** Further settings of the preset: `team-id`, `key-id`. */
    settings: p.json().$type<Record<string, string>>(),
    scopes: p.array(),
    mapping: p.json().$type<ClaimMapping>(),
    policy: p.json().$type<ProviderPolicy>(),
    /** The order on the sign-in page, lowest first. */
    position: p.integer(),
    enabled: p.boolean(),
    createdAt: p.datetime(),
  },
})

/** An upstream provider that people can sign in with. */
export class IdentityProvider extends IdentityProviderSchema.class {
  /** Whether it is an OpenID Provider, with ID tokens. */
  get openid(): Opt<boolean> {
    return presetOf(this.kind).protocol === 'oidc'
  }

  /** Everything except the secret. */
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
