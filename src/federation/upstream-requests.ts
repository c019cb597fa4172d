import { randomNonce, randomPKCECodeVerifier } from 'openid-client'
import { epoch } from '../base/clock.ts'
import type { Needs } from '../base/nouns.ts'
import { digest, newSecret, sameText } from '../base/secrets.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { AuthenticationResult, RequestSecrets } from './protocol/authentication-result.ts'
import type { IdentityProvider } from './providers/identity-provider.ts'

/** The page that continues after the callback. */
type Destination = { to: 'interaction'; uid: string } | { to: 'account'; accountId: string }

export interface UpstreamRequest extends RequestSecrets {
  providerId: string
  destination: Destination
  /** When the browser was sent to the provider, in epoch seconds. */
  begunAt: number
}

export interface ReturnedResult {
  providerId: string
  result: AuthenticationResult
  /** As in the request. */
  begunAt: number
}

const TTL = 15 * 60

/** By state, with a digest of the browser. */
const PENDING = keptKind<Omit<UpstreamRequest, 'state'> & { browser: string }>('UpstreamRequest', {
  ttl: TTL,
  sealed: 'under-id',
})

/** The result of a callback, until the page that continues takes it; the ID names that page and the browser. */
export const RETURNED_RESULT = keptKind<ReturnedResult>('UpstreamResult', { ttl: TTL, sealed: 'by-server' })

/**
 * Authorization requests to upstream providers. Each has a state, which the provider returns; it can be used once, within
 * 15 minutes, and only in the browser that began (RFC 9700 section 4.7). The record is sealed with the state.
 */
export class UpstreamRequests {
  readonly #app

  constructor(app: Needs<'clock' | 'kept'>) {
    this.#app = app
  }

  /** @param browser a value that only this browser has */
  async begin(
    { id }: Pick<IdentityProvider, 'id'>,
    destination: Destination,
    browser: string,
  ): Promise<UpstreamRequest> {
    const state = newSecret()
    const secrets = { nonce: randomNonce(), verifier: randomPKCECodeVerifier() }
    const request = { providerId: id, destination, begunAt: epoch(this.#app.clock.now()), ...secrets }
    await this.#app.kept.put(PENDING, state, { ...request, browser: digest(browser) })
    return { ...request, state }
  }

  /** @returns null if the state is unknown, used, or of another browser, which can still use it */
  async take(state: string, browser: string | null): Promise<UpstreamRequest | null> {
    if (browser === null) return null
    const kept = await this.#app.kept.take(PENDING, state, request => sameText(request.browser, digest(browser)))
    if (!kept) return null
    const { browser: _, ...request } = kept
    return { ...request, state }
  }
}
