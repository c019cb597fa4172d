import { defineEntity, type EntityDTO, type Opt, p, wrap } from '@mikro-orm/core'
import type { SigningAlgorithm } from '../base/signing-algorithms.ts'
import type { ClientClaim } from './claims/client-claim.ts'
import { type ClientSecret, expired, liveSecrets, matching } from './client-secrets/client-secret.ts'
import type { Permission } from './permissions.ts'
import type { TokenFormat } from './resource.ts'
import { returnsTokens } from './response-types.ts'
import type { RegisteredBy, RegistrationPolicy } from './self-registration/registration-policy.ts'

/** The kind of application (RFC 6749 section 2.1, OAuth 2.1). It decides how a client authenticates and what it may request. */
export const PROFILES = ['web', 'spa', 'native', 'machine'] as const
export type Profile = (typeof PROFILES)[number]

/**
 * What protects the code of a client against being injected into another browser's sign-in (RFC 9700 section 2.1.1).
 * `required`: PKCE. `nonce`: PKCE or a nonce. `off`: nothing, for clients that can do neither.
 */
export const PKCE_POLICIES = ['required', 'nonce', 'off'] as const
export type PkcePolicy = (typeof PKCE_POLICIES)[number]

/** The `client_id` of the account pages. It is reserved, and has no row in the database. */
export const OWN_CLIENT = 'gatehouse-account'

/** The `client_id` of access tokens that operators make for themselves on the command line; the same holds for it. */
export const COMMAND_LINE_CLIENT = 'gatehouse-cli'

const ClientSchema = defineEntity({
  name: 'Client',
  tableName: 'client',
  properties: {
    /** The `client_id`. */
    id: p.text().primary(),
    name: p.text(),
    profile: p.text().$type<Profile>(),
    /** The newest last. Empty for public clients and for `private_key_jwt`; expired ones stay until the next change. */
    secrets: p.json().$type<ClientSecret[]>(),
    redirectUris: p.array(),
    postLogoutRedirectUris: p.array(),
    grantTypes: p.array(),
    /** `response_type` values that it may request; all but `code` return tokens through the browser. */
    responseTypes: p.array(),
    /** The scopes that it may request, beyond `openid`. */
    scopes: p.array(),
    /** What it may do, or request to do for people, at Gatehouse's own API; only operators set them. */
    permissions: p.array().$type<Permission[]>(),
    tokenEndpointAuthMethod: p.text(),
    /** Public keys for `private_key_jwt`: either the keys or the URL that publishes them. */
    jwks: p.json().$type<{ keys: object[] }>().nullable(),
    jwksUri: p.text().nullable(),
    idTokenAlg: p.text().$type<SigningAlgorithm>(),
    pkce: p.text().$type<PkcePolicy>(),
    /** The claim in which it receives the roles: a name, or a path such as `realm_access.roles` (claims/claim-names.ts). */
    rolesClaim: p.text(),
    /** Other claims that it receives under its own names, or in its own form; only operators set them. */
    claims: p.json().$type<ClientClaim[]>(),
    /** First-party applications need no consent. */
    firstParty: p.boolean(),
    /** Whether people need a verified email address, or a second factor, to sign in to it. */
    verifiedEmailRequired: p.boolean(),
    secondFactorRequired: p.boolean(),
    /** The roles of which people need one to sign in to it; empty for no limit. */
    allowedRoles: p.array(),
    /** The roles with which people can't sign in to it. */
    deniedRoles: p.array(),
    /** The form of its access tokens that are for no API; `jwt` for applications that read them (RFC 9068). */
    accessTokenFormat: p.text().$type<TokenFormat>(),
    accessTokenTtl: p.integer().nullable(),
    /** Whether a refresh revokes the access token that it replaces; null for REVOKE_ON_REFRESH. */
    revokeOnRefresh: p.boolean().nullable(),
    /** The APIs whose access tokens it may introspect, whichever client they were issued to. */
    introspects: p.array(),
    refreshTokenTtl: p.integer().nullable(),
    refreshTokenMaxTtl: p.integer().nullable(),
    /** Where it is notified that a session has ended (OIDC Back-Channel Logout 1.0). */
    backchannelLogoutUri: p.text().nullable(),
    /** Whether its logout tokens always need a `sid`, so that none is sent for an account as a whole. */
    backchannelLogoutSessionRequired: p.boolean(),
    uri: p.text().nullable(),
    logoUri: p.text().nullable(),
    policyUri: p.text().nullable(),
    tosUri: p.text().nullable(),
    createdAt: p.datetime(),
    registeredBy: p.text().$type<RegisteredBy>(),
    /** The name of the registration token, or the issuer of the software statement, that it was registered with. */
    registeredWith: p.text().nullable(),
    /** What it may change its own registration to; null for a client of an operator. */
    registrationPolicy: p.json().$type<RegistrationPolicy>().nullable(),
    /** SHA-256 of the token with which it manages its own registration (RFC 7592). */
    registrationAccessDigest: p.text().nullable(),
  },
})

/** An application that people sign in to, or that calls APIs in its own name (a relying party, an OAuth 2.0 client). */
export class Client extends ClientSchema.class {
  hasSecret(presented: string, now: Date): boolean {
    const found = matching(this.secrets, presented)
    return found !== null && !expired(found, now)
  }

  /** Those that can be used, the newest last. */
  liveSecrets(now: Date): ClientSecret[] {
    return liveSecrets(this.secrets, now)
  }

  /** Whether it authenticates with a secret. */
  get needsSecret(): Opt<boolean> {
    return this.tokenEndpointAuthMethod.startsWith('client_secret')
  }

  /** Whether a program registered it, so that no operator has checked it. */
  get selfRegistered(): Opt<boolean> {
    return this.registeredBy !== 'operator'
  }

  /** Whether it may get refresh tokens, if it can get a code at all. */
  get refreshTokens(): Opt<boolean> {
    return !this.grantTypes.includes('authorization_code') || this.grantTypes.includes('refresh_token')
  }

  /** The roles that decide who may sign in to it, by the property that names them. */
  signInRoles(): Record<'allowedRoles' | 'deniedRoles', string[]> {
    const { allowedRoles, deniedRoles } = this
    return { allowedRoles, deniedRoles }
  }

  /** What it was registered for although current practice advises against it (RFC 9700). */
  get warnings(): Opt<string[]> {
    const insecure = this.responseTypes.filter(returnsTokens).map(type => `response type ${type}`)
    return [...(this.pkce === 'off' ? ['neither PKCE nor nonce'] : []), ...insecure]
  }

  summary(now = new Date()) {
    const { secrets, registrationAccessDigest, ...rest } = this.fields()
    return { ...rest, hasSecret: liveSecrets(secrets, now).length > 0, warnings: this.warnings }
  }

  /** What the audit log may say about it. A software statement is left out, because it can register other clients. */
  audited() {
    const { registrationPolicy, ...summary } = this.summary()
    return { ...summary, registrationPolicy: registrationPolicy && { ...registrationPolicy, stated: undefined } }
  }

  /** What a registration sets (registration.ts). */
  registration() {
    const { secrets, grantTypes, createdAt, registeredBy, registeredWith, ...rest } = this.fields()
    const { registrationPolicy, registrationAccessDigest, ...registration } = rest
    return { ...registration, refreshTokens: this.refreshTokens }
  }

  /** All properties. */
  fields(): EntityDTO<Client> {
    return wrap(this as Client).toObject()
  }
}

ClientSchema.setClass(Client)
