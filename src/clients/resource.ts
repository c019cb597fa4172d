import { defineEntity, p } from '@mikro-orm/core'

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
    createdAt: p.datetime(),
  },
})

/** An API that accepts access tokens. */
export class Resource extends ResourceSchema.class {
  summary() {
    return { id: this.id, name: this.name, scopes: this.scopes, accessTokenTtl: this.accessTokenTtl ?? null }
  }
}

ResourceSchema.setClass(Resource)
