import type { Config } from '../base/config.ts'
import { ALL_PERMISSIONS, describePermission } from './permissions.ts'
import { Resource } from './resource.ts'

/**
 * Gatehouse's own API for administrators (http/api/admin), as a resource: its scopes are the permissions. It is part of
 * every installation and has no row in the database. Its access tokens are opaque, since nothing else has to read them.
 */
export class OwnApi extends Resource {
  constructor(config: Pick<Config, 'issuer'>) {
    super()
    Object.assign(this, {
      id: ownApiId(config),
      name: 'Gatehouse',
      scopes: ALL_PERMISSIONS.map(name => ({ name, description: describePermission(name) })),
      accessTokenTtl: null,
      tokenFormat: 'opaque',
      tokenType: 'at+jwt',
      tokenAlg: 'ES256',
      allowSelfRegistered: false,
      scopesByRole: true,
      permissionsClaim: false,
    })
  }
}

/** Its resource indicator (RFC 8707), which is the audience of its access tokens. */
export function ownApiId({ issuer }: Pick<Config, 'issuer'>): string {
  return `${issuer}/api/v1`
}
