import type { Needs } from '../../base/nouns.ts'
import type { Named } from '../../federation/identity-links.ts'
import { keptKind } from '../../storage/artifacts/kept.ts'

/** Whom an upstream provider has named, and who is nobody here yet. */
export interface PendingIdentity extends Named {
  providerId: string
  /** The account that has the address; null: none, or none that may be known. */
  accountId: string | null
  /** Nobody has proven that account's address, and the provider vouches for it: its owner may take it over. */
  reclaimable: boolean
}

/** By what they have shown who they are, as login/assurance.ts knows it. */
export type PassedUpstream = 'upstream' | 'upstreamMfa'

export function passedBy({ identity }: Named): PassedUpstream {
  return identity.secondFactor ? 'upstreamMfa' : 'upstream'
}

/** Seconds in which a guest can say who they are here with the help of an email. */
const EMAIL_TTL = 60 * 60

/** One a place: an interaction of one browser. They have 15 minutes to say who they are here by themselves. */
const GUEST = keptKind<PendingIdentity>('Guest', { ttl: 15 * 60, sealed: 'by-server' })

/** Guests wait where they came in. */
export class PendingIdentities {
  readonly #app

  constructor(app: Needs<'kept'>) {
    this.#app = app
  }

  keep(place: string, guest: PendingIdentity): Promise<void> {
    return this.#app.kept.put(GUEST, place, guest)
  }

  at(place: string): Promise<PendingIdentity | null> {
    return this.#app.kept.look(GUEST, place)
  }

  /** An email is out to them: they are waited for longer. */
  async hold(place: string): Promise<void> {
    const guest = await this.at(place)
    if (guest) await this.#app.kept.put(GUEST, place, guest, EMAIL_TTL)
  }

  /** @returns whether there was one; of two who drop the same guest one did */
  drop(place: string): Promise<boolean> {
    return this.#app.kept.drop(GUEST, place)
  }
}
