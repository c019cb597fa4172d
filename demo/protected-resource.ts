/**
 * Says where to get access tokens for the API (RFC 9728), so that a client that knows nothing but its address can sign a
 * person in. Clients of the Model Context Protocol begin here: they call the API, read `resource_metadata` in the
 * challenge, and find the provider in the document at that address.
 */
import type { Context, Middleware } from 'koa'

interface ProtectedResource {
  /** The identifier of the API, which is also its address. */
  resource: string
  /** The provider that makes tokens for it. */
  issuer: string
  scopes: string[]
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** The address of the document: the path of the API comes after the well-known name (RFC 9728, section 3.1). */
export function metadataUrl(api: string): string {
  const { origin, pathname } = new URL(api)
  return origin + WELL_KNOWN + pathname.replace(/\/$/, '')
}

/** The paths of the document; clients that do not find it under the first look under the second. */
export function metadataPaths(api: string): string[] {
  return [new URL(metadataUrl(api)).pathname, WELL_KNOWN]
}

export function protectedResource({ resource, issuer, scopes }: ProtectedResource): Middleware {
  return (ctx: Context) => {
    // Clients that run in a browser read it too.
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.body = {
      resource,
      authorization_servers: [issuer],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
      resource_name: 'Demo API',
    }
  }
}
