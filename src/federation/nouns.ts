import type { Departures } from './departures.ts'
import type { Examination } from './examination.ts'
import type { IdentityLinks } from './identity-links.ts'
import type { IdentityProviders } from './identity-providers.ts'
import type { Trips } from './trips.ts'
import type { Upstreams } from './upstreams.ts'
import type { Visits } from './visits.ts'

/**
 * Upstream providers: how operators define them, the requests sent to them and the answers that come back. Which
 * account an answer belongs to is decided in `lifecycle`.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    departures: Departures
    examination: Examination
    identityLinks: IdentityLinks
    identityProviders: IdentityProviders
    trips: Trips
    upstreams: Upstreams
    visits: Visits
  }
}
