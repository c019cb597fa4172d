import type { KoaContextWithOIDC } from 'oidc-provider'
import { ACCOUNT_SCOPE, UPSTREAM_TOKENS_SCOPE } from '../../clients/scopes.ts'
import type { GatehouseProvider } from './provider.ts'

/** Scopes that a client has only if it was registered for them. */
const ON_REQUEST = new Set([ACCOUNT_SCOPE, UPSTREAM_TOKENS_SCOPE])

/** Removes from the discovery document the scopes that no client is registered for. */
export function advertise(provider: GatehouseProvider, { scopes }: { scopes: string[] }): void {
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
    await next()
    if (ctx.oidc?.route !== 'discovery' || ctx.status !== 200) return
    const document = ctx.body as { scopes_supported: string[] }
    document.scopes_supported = document.scopes_supported.filter(name => !ON_REQUEST.has(name) || scopes.includes(name))
  })
}
