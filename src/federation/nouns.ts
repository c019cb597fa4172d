import type { UpstreamRequests } from './authorization/upstream-authorization-requests.ts'
import type { IdentityLinks } from './identity-links.ts'
import type { Upstreams } from './protocol/upstreams.ts'
import type { IdentityProviders } from './providers/identity-providers.ts'
import type { ProviderCheck } from './providers/provider-check.ts'
import type { UpstreamLogouts } from './sessions/upstream-logout.ts'
import type { UpstreamSessions } from './sessions/upstream-sessions.ts'

/**
 * Upstream providers: how operators define them, the requests sent to them and the answers that come back. Which
 * account an answer belongs to is decided in `lifecycle`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    upstreamLogouts: UpstreamLogouts
    providerCheck: ProviderCheck
    identityLinks: IdentityLinks
    identityProviders: IdentityProviders
    upstreamRequests: UpstreamRequests
    upstreams: Upstreams
    upstreamSessions: UpstreamSessions
  }
}
