import { setTimeout as delay } from 'node:timers/promises'
import type { Needs } from '../../base/nouns.ts'
import { newSecret } from '../../base/secrets.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'
import { UpstreamFailure } from '../protocol/upstream-failure.ts'

/** By state, until the browser is back from the provider. */
const LOGOUT = keptKind<{ providerId: string; destination: string }>('UpstreamLogout', { ttl: 15 * 60 })

/** How long a sign-out waits for the provider's discovery document; the person is signed out here already. */
const TIMEOUT_MS = 3_000

/** The provider's logout page. */
export interface UpstreamLogout {
  title: string
  url: string
}

/**
 * RP-initiated logout at upstream providers (OpenID Connect RP-Initiated Logout 1.0): a person who signs out here is also
 * signed out at the provider, if it supports that. The final destination is kept here, so that no URL can change it.
 */
export class UpstreamLogouts {
  readonly #app

  constructor(app: Needs<'identityProviders' | 'kept' | 'upstreamClient' | 'upstreamSessions'>) {
    this.#app = app
  }

  /** @returns null if there is nowhere to sign out, or the provider does not respond: the browser skips it */
  async begin(sessionName: string, destination: string): Promise<UpstreamLogout | null> {
    const session = await this.#app.upstreamSessions.find(sessionName)
    const provider = session && (await this.#app.identityProviders.findEnabled(session.providerId))
    if (!session || !provider?.policy.signOut) return null
    const state = newSecret(16)
    try {
      const found = this.#app.upstreamClient.endSessionUrl(provider, { idToken: session.idToken, state })
      const url = await Promise.race([found, delay(TIMEOUT_MS, null, { ref: false })])
      if (!url) return null
      await this.#app.kept.put(LOGOUT, state, { providerId: provider.id, destination })
      return { title: provider.title, url: url.href }
    } catch (error) {
      if (error instanceof UpstreamFailure) return null
      throw error
    }
  }

  /** The browser is back from the provider. @returns the destination, once; null if no logout with this state began */
  async end(providerName: string, state: string): Promise<string | null> {
    const kept = await this.#app.kept.take(LOGOUT, state, async ({ providerId }) => {
      return (await this.#app.identityProviders.findEnabled(providerName))?.id === providerId
    })
    return kept?.destination ?? null
  }
}
