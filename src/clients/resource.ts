import { defineEntity, p } from '@mikro-orm/core'
import type { SigningAlgorithm } from '../base/signing-algorithms.ts'

export const TOKEN_TYPES = ['at+jwt', 'JWT'] as const
export type TokenType = (typeof TOKEN_TYPES)[number]

/** A JWT, which an API verifies by itself, or an opaque token, which it introspects. */
export const TOKEN_FORMATS = ['jwt', 'opaque'] as const
export type TokenFormat = (typeof TOKEN_FORMATS)[number]

export interface ResourceScope {
  name: string
  description: string
}

const ResourceSchema = defineEntity({
  name: 'Resource',
  tableName: 'resource',
  properties: {
    /** The resource indicator (RFC 8707): an absolute URI, and the `aud` of tokens made for it. */
    id: p.text().primary(),
    name: p.text(),
    scopes: p.json().$type<ResourceScope[]>(),
    /** Seconds; null for the global lifetime. */
    accessTokenTtl: p.integer().nullable(),
    tokenFormat: p.text().$type<TokenFormat>(),
    /** The `typ` of its access tokens: `at+jwt` (RFC 9068), or `JWT` for verifiers that know no other. */
    tokenType: p.text().$type<TokenType>(),
    tokenAlg: p.text().$type<SigningAlgorithm>(),
    /** Whether clients that registered themselves may ask people for its scopes. */
    allowSelfRegistered: p.boolean(),
    /** Whether a person's access token has only those of its scopes that a role of the person allows. */
    scopesByRole: p.boolean(),
    /** Whether its access tokens list their scopes in the claim `permissions` too, as an array. */
    permissionsClaim: p.boolean(),
    createdAt: p.datetime(),
  },
})

/** An API that accepts access tokens. */
export class Resource extends ResourceSchema.class {
  summary() {
    const { id, name, scopes, accessTokenTtl = null, tokenFormat, tokenType, tokenAlg } = this
    const { allowSelfRegistered, scopesByRole, permissionsClaim } = this
    return {
      id,
      name,
      scopes,
      accessTokenTtl,
      tokenFormat,
      tokenType,
      tokenAlg,
      allowSelfRegistered,
      scopesByRole,
      permissionsClaim,
    }
  }
}

ResourceSchema.setClass(Resource)
