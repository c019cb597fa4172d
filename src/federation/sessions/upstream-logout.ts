import { setTimeout as passed } from 'node:timers/promises'
import type { Needs } from '../../base/nouns.ts'
import { newSecret } from '../../base/secrets.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'
import { UpstreamFailure } from '../protocol/upstream-client.ts'

/** By its state; the time in which somebody can be signed out at the provider and come back. */
const LOGOUT = keptKind<{ providerId: string; destination: string }>('UpstreamLogout', { ttl: 15 * 60 })

/** Nobody waits for a provider longer than this: they are signed out here already. */
const TIMEOUT_MS = 3_000

/** Where somebody goes to be signed out there too. */
export interface UpstreamLogout {
  title: string
  url: string
}

/**
 * Whoever signs out here is signed out, too, at the provider that they came through, where it offers that (OpenID Connect
 * RP-Initiated Logout 1.0), and goes on from there to where they were going. That is kept here: no address decides it.
 */
export class UpstreamLogouts {
  readonly #app

  constructor(app: Needs<'identityProviders' | 'kept' | 'upstreamClient' | 'upstreamSessions'>) {
    this.#app = app
  }

  /** @returns null where there is nobody to tell, or it cannot be told now: then they go straight on */
  async begin(sessionName: string, destination: string): Promise<UpstreamLogout | null> {
    const session = await this.#app.upstreamSessions.find(sessionName)
    const provider = session && (await this.#app.identityProviders.findEnabled(session.providerId))
    if (!session || !provider?.policy.signOut) return null
    const state = newSecret(16)
    try {
      const found = this.#app.upstreamClient.endSessionUrl(provider, { idToken: session.idToken, state })
      const url = await Promise.race([found, passed(TIMEOUT_MS, null, { ref: false })])
      if (!url) return null
      await this.#app.kept.put(LOGOUT, state, { providerId: provider.id, destination })
      return { title: provider.title, url: url.href }
    } catch (error) {
      if (error instanceof UpstreamFailure) return null
      throw error
    }
  }

  /** Back from the provider, once. @returns where they were going; null where nobody was on the way */
  async end(providerName: string, state: string): Promise<string | null> {
    const kept = await this.#app.kept.take(LOGOUT, state, async ({ providerId }) => {
      return (await this.#app.identityProviders.findEnabled(providerName))?.id === providerId
    })
    return kept?.destination ?? null
  }
}
