import { randomNonce, randomPKCECodeVerifier } from 'openid-client'
import { epoch } from '../base/clock.ts'
import type { Needs } from '../base/nouns.ts'
import { openUnder, sealUnder } from '../base/sealing.ts'
import { digest, newSecret, sameText } from '../base/secrets.ts'
import type { TripSecrets } from './answer.ts'
import type { IdentityProvider } from './identity-provider.ts'

/** Seconds within which somebody is to be back. */
const TRIP_TTL = 15 * 60

const KIND = 'UpstreamTrip'

/** Where somebody goes on who is back. */
type Destination = { to: 'interaction'; uid: string } | { to: 'account'; accountId: string }

export interface Trip extends TripSecrets {
  providerId: string
  destination: Destination
  /** Epoch seconds. */
  begunAt: number
}

/**
 * Browsers on their way to a provider and back. Each has a state of its own, which the provider hands back; it leads to
 * what belongs to the trip once, and only in the browser that set out (RFC 9700 section 4.7). What is kept can be read by
 * whoever brings the state, and by nobody else.
 */
export class Trips {
  readonly #app

  constructor(app: Needs<'artifacts' | 'clock'>) {
    this.#app = app
  }

  /** @param browser what tells the browser apart */
  async begin({ id }: Pick<IdentityProvider, 'id'>, destination: Destination, browser: string): Promise<Trip> {
    const state = newSecret()
    const secrets = { nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
    const trip = { providerId: id, destination, begunAt: epoch(this.#app.clock.now()), ...secrets }
    const payload = { browser: digest(browser), sealed: sealUnder(state, JSON.stringify(trip)) }
    await this.#app.artifacts.commit([{ do: 'put', kind: KIND, id: state, payload, ttl: TRIP_TTL }])
    return { ...trip, state }
  }

  /** Once; null for a state that nobody was given, that is used up, or that belongs to another browser, whose it stays. */
  async take(state: string, browser: string | null): Promise<Trip | null> {
    const kept = await this.#app.artifacts.get(KIND, state)
    if (!kept || browser === null || !sameText(String(kept.browser), digest(browser))) return null
    const first = await this.#app.artifacts.commit([{ do: 'drop', kind: KIND, id: state, ifPresent: true }])
    return first ? { ...JSON.parse(openUnder(state, String(kept.sealed))), state } : null
  }
}
