import type { KoaContextWithOIDC } from 'oidc-provider'
import type { InUse } from '../../clients/in-use.ts'
import { OPTIONAL_SCOPES } from '../../clients/scopes.ts'
import type { GatehouseProvider } from './provider.ts'

/** The parts of the discovery document that depend on what clients are registered for. */
interface Document {
  response_types_supported: string[]
  grant_types_supported: string[]
  scopes_supported: string[]
}

/** Removes from the discovery document what no client is registered for. */
export function advertise(provider: GatehouseProvider, { responseTypes, scopes }: InUse): void {
  const unused = new Set(OPTIONAL_SCOPES.filter(scope => !scopes.includes(scope)))
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
    await next()
    if (ctx.oidc?.route !== 'discovery' || ctx.status !== 200) return
    const document = ctx.body as Document
    document.response_types_supported = responseTypes
    document.scopes_supported = document.scopes_supported.filter(scope => !unused.has(scope))
    if (responseTypes.length === 1)
      document.grant_types_supported = document.grant_types_supported.filter(type => type !== 'implicit')
  })
}
