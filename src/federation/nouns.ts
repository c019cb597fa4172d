import type { IdentityLinks } from './identity-links.ts'
import type { UpstreamClient } from './protocol/upstream-client.ts'
import type { IdentityProviders } from './providers/identity-providers.ts'
import type { ProviderCheck } from './providers/provider-check.ts'
import type { UpstreamLogouts } from './sessions/upstream-logout.ts'
import type { UpstreamSessions } from './sessions/upstream-sessions.ts'
import type { UpstreamRequests } from './upstream-requests.ts'

/**
 * Upstream providers: their definitions, the requests sent to them and the responses. `lifecycle` decides which account a
 * response belongs to.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    upstreamLogouts: UpstreamLogouts
    providerCheck: ProviderCheck
    identityLinks: IdentityLinks
    identityProviders: IdentityProviders
    upstreamRequests: UpstreamRequests
    upstreamClient: UpstreamClient
    upstreamSessions: UpstreamSessions
  }
}
