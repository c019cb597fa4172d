import { randomNonce, randomPKCECodeVerifier } from 'openid-client'
import { epoch } from '../base/clock.ts'
import type { Needs } from '../base/nouns.ts'
import { digest, newSecret, sameText } from '../base/secrets.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { RequestSecrets } from './protocol/authentication-result.ts'
import type { IdentityProvider } from './providers/identity-provider.ts'

/** Where somebody goes on who is back. */
type Destination = { to: 'interaction'; uid: string } | { to: 'account'; accountId: string }

export interface UpstreamRequest extends RequestSecrets {
  providerId: string
  destination: Destination
  /** Epoch seconds. */
  begunAt: number
}

/** Under its state: the browser that set out, as a digest, has to be the one that comes back, within 15 minutes. */
const PENDING = keptKind<Omit<UpstreamRequest, 'state'> & { browser: string }>('UpstreamRequest', {
  ttl: 15 * 60,
  sealed: 'under-id',
})

/**
 * Browsers on their way to a provider and back. Each has a state of its own, which the provider hands back; it leads to
 * what belongs to the request once, and only in the browser that set out (RFC 9700 section 4.7). What is kept can be read by
 * whoever brings the state, and by nobody else.
 */
export class UpstreamRequests {
  readonly #app

  constructor(app: Needs<'clock' | 'kept'>) {
    this.#app = app
  }

  /** @param browser what tells the browser apart */
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

  /** Once; null for a state that nobody was given, that is used up, or that belongs to another browser, whose it stays. */
  async take(state: string, browser: string | null): Promise<UpstreamRequest | null> {
    if (browser === null) return null
    const kept = await this.#app.kept.take(PENDING, state, request => sameText(request.browser, digest(browser)))
    if (!kept) return null
    const { browser: _, ...request } = kept
    return { ...request, state }
  }
}
