import type { Needs } from '../../base/nouns.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'

/** An upstream identity that is not linked with an account yet. */
export interface PendingIdentity extends AuthenticatedIdentity {
  providerId: string
  /** The account that has the email; null if there is none, or none that may be revealed. */
  accountId: string | null
  /** Whether the owner of the email may take over that account (account-takeover.ts). */
  takeoverAllowed: boolean
}

/** The authentication method, by its name in login/assurance.ts. */
export type PassedUpstream = 'upstream' | 'upstreamMfa'

export function passedBy({ identity }: AuthenticatedIdentity): PassedUpstream {
  return identity.secondFactor ? 'upstreamMfa' : 'upstream'
}

/** Seconds that a pending identity is kept while its person opens an email. */
const EMAIL_TTL = 60 * 60

/** One for each interaction and browser. Without an email it is kept for 15 minutes. */
const PENDING = keptKind<PendingIdentity>('PendingIdentity', { ttl: 15 * 60, sealed: 'by-server' })

/** Keeps pending identities, each under the interaction and the browser that it belongs to. */
export class PendingIdentities {
  readonly #app

  constructor(app: Needs<'kept'>) {
    this.#app = app
  }

  keep(bindingKey: string, pending: PendingIdentity): Promise<void> {
    return this.#app.kept.put(PENDING, bindingKey, pending)
  }

  at(bindingKey: string): Promise<PendingIdentity | null> {
    return this.#app.kept.look(PENDING, bindingKey)
  }

  /** Keeps it for longer, because an email was sent. */
  async hold(bindingKey: string): Promise<void> {
    const pending = await this.at(bindingKey)
    if (pending) await this.#app.kept.put(PENDING, bindingKey, pending, EMAIL_TTL)
  }

  /** @returns whether there was one; of two requests that drop the same one, one gets true */
  drop(bindingKey: string): Promise<boolean> {
    return this.#app.kept.drop(PENDING, bindingKey)
  }
}
