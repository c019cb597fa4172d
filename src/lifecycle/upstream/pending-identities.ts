import type { Needs } from '../../base/nouns.ts'
import type { AuthenticatedIdentity } from '../../federation/identity-links.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'

/** Whom an upstream provider has named, and who is nobody here yet. */
export interface PendingIdentity extends AuthenticatedIdentity {
  providerId: string
  /** The account that has the address; null: none, or none that may be known. */
  accountId: string | null
  /** Nobody has proven that account's address, and the provider vouches for it: its owner may take it over. */
  takeoverAllowed: boolean
}

/** By what they have shown who they are, as login/assurance.ts knows it. */
export type PassedUpstream = 'upstream' | 'upstreamMfa'

export function passedBy({ identity }: AuthenticatedIdentity): PassedUpstream {
  return identity.secondFactor ? 'upstreamMfa' : 'upstream'
}

/** Seconds in which a person can say who they are here with the help of an email. */
const EMAIL_TTL = 60 * 60

/** One a place: an interaction of one browser. They have 15 minutes to say who they are here by themselves. */
const PENDING = keptKind<PendingIdentity>('PendingIdentity', { ttl: 15 * 60, sealed: 'by-server' })

/** Pending identities, each under the interaction and the browser that it belongs to. */
export class PendingIdentities {
  readonly #app

  constructor(app: Needs<'kept'>) {
    this.#app = app
  }

  keep(place: string, pending: PendingIdentity): Promise<void> {
    return this.#app.kept.put(PENDING, place, pending)
  }

  at(place: string): Promise<PendingIdentity | null> {
    return this.#app.kept.look(PENDING, place)
  }

  /** An email is out to them: they are waited for longer. */
  async hold(place: string): Promise<void> {
    const pending = await this.at(place)
    if (pending) await this.#app.kept.put(PENDING, place, pending, EMAIL_TTL)
  }

  /** @returns whether there was one; of two who drop the same one, one succeeds */
  drop(place: string): Promise<boolean> {
    return this.#app.kept.drop(PENDING, place)
  }
}
