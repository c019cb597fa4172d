import { defineEntity, p } from '@mikro-orm/core'
import { digest, newSecret, sameText } from '../base/secrets.ts'

/** What kind of application it is (RFC 6749 section 2.1, OAuth 2.1): decides how it authenticates and what it may ask. */
export const PROFILES = ['web', 'spa', 'native', 'machine'] as const
export type Profile = (typeof PROFILES)[number]

/** The client_id under which the account pages sign people in; it is no row, and nobody else can have it. */
export const OWN_CLIENT = 'gatehouse-account'

const ClientSchema = defineEntity({
  name: 'Client',
  tableName: 'client',
  properties: {
    /** The `client_id`. */
    id: p.text().primary(),
    name: p.text(),
    profile: p.text().$type<Profile>(),
    /** SHA-256 of the secret; null for public clients and those that sign assertions. */
    secretDigest: p.text().nullable(),
    redirectUris: p.array(),
    postLogoutRedirectUris: p.array(),
    grantTypes: p.array(),
    /** What it may ask for, beyond `openid`. */
    scopes: p.array(),
    tokenEndpointAuthMethod: p.text(),
    /** Its public keys, for `private_key_jwt`: one of the two. */
    jwks: p.json().$type<{ keys: object[] }>().nullable(),
    jwksUri: p.text().nullable(),
    idTokenAlg: p.text(),
    /** PKCE is demanded of everybody; a confidential client's operator can say otherwise. */
    pkceRequired: p.boolean(),
    /** Our own applications: nobody is asked for consent. */
    firstParty: p.boolean(),
    /** Nobody comes in before they have proven their address, or without a second factor. */
    verifiedEmailRequired: p.boolean(),
    secondFactorRequired: p.boolean(),
    accessTokenTtl: p.integer().nullable(),
    refreshTokenTtl: p.integer().nullable(),
    refreshTokenMaxTtl: p.integer().nullable(),
    /** Where it is told that a session has ended (OIDC Back-Channel Logout 1.0). */
    backchannelLogoutUri: p.text().nullable(),
    /** Whether it ends single sessions, and so is never told of a person without a session. */
    backchannelLogoutSessionRequired: p.boolean(),
    uri: p.text().nullable(),
    logoUri: p.text().nullable(),
    policyUri: p.text().nullable(),
    tosUri: p.text().nullable(),
    createdAt: p.datetime(),
  },
})

/** An application that people sign in to, or that calls APIs in its own name. */
export class Client extends ClientSchema.class {
  /** @returns the new secret, this once */
  renewSecret(): string {
    const secret = newSecret()
    this.secretDigest = digest(secret)
    return secret
  }

  hasSecret(presented: string): boolean {
    return this.secretDigest != null && sameText(this.secretDigest, digest(presented))
  }

  summary() {
    const { secretDigest, ...rest } = this.toObject()
    return { ...rest, hasSecret: secretDigest != null }
  }

  toObject() {
    return {
      id: this.id,
      name: this.name,
      profile: this.profile,
      secretDigest: this.secretDigest ?? null,
      redirectUris: this.redirectUris,
      postLogoutRedirectUris: this.postLogoutRedirectUris,
      grantTypes: this.grantTypes,
      scopes: this.scopes,
      tokenEndpointAuthMethod: this.tokenEndpointAuthMethod,
      jwks: this.jwks ?? null,
      jwksUri: this.jwksUri ?? null,
      idTokenAlg: this.idTokenAlg,
      pkceRequired: this.pkceRequired,
      firstParty: this.firstParty,
      verifiedEmailRequired: this.verifiedEmailRequired,
      secondFactorRequired: this.secondFactorRequired,
      accessTokenTtl: this.accessTokenTtl ?? null,
      refreshTokenTtl: this.refreshTokenTtl ?? null,
      refreshTokenMaxTtl: this.refreshTokenMaxTtl ?? null,
      backchannelLogoutUri: this.backchannelLogoutUri ?? null,
      backchannelLogoutSessionRequired: this.backchannelLogoutSessionRequired,
      uri: this.uri ?? null,
      logoUri: this.logoUri ?? null,
      policyUri: this.policyUri ?? null,
      tosUri: this.tosUri ?? null,
      createdAt: this.createdAt,
    }
  }
}

ClientSchema.setClass(Client)
