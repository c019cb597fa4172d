import type { Needs } from '../base/nouns.ts'
import type { Named } from '../federation/identity-links.ts'

/** Whom an upstream provider has named, and who is nobody here yet. */
export interface Guest extends Named {
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

const KIND = 'Guest'
const SEALED = 'guest'

/** Seconds in which a guest can say who they are here: by themselves, and with the help of a letter. */
const TTL = 15 * 60
const LETTER_TTL = 60 * 60

/** Guests wait where they came in, one a place: an interaction of one browser. Sealed: addresses and tokens are in it. */
export class Guests {
  readonly #app

  constructor(app: Needs<'artifacts' | 'sealing'>) {
    this.#app = app
  }

  keep(place: string, guest: Guest): Promise<void> {
    return this.#put(place, guest, TTL)
  }

  async at(place: string): Promise<Guest | null> {
    const kept = await this.#app.artifacts.get(KIND, place)
    return kept ? JSON.parse(this.#app.sealing.open(String(kept.sealed), sealedFor(place))) : null
  }

  /** A letter is out to them: they are waited for longer. */
  async hold(place: string): Promise<void> {
    const guest = await this.at(place)
    if (guest) await this.#put(place, guest, LETTER_TTL)
  }

  /** @returns whether there was one; of two who drop the same guest one did */
  drop(place: string): Promise<boolean> {
    return this.#app.artifacts.commit([{ do: 'drop', kind: KIND, id: place, ifPresent: true }])
  }

  async #put(place: string, guest: Guest, ttl: number): Promise<void> {
    const sealed = this.#app.sealing.seal(JSON.stringify(guest), sealedFor(place))
    await this.#app.artifacts.commit([{ do: 'put', kind: KIND, id: place, payload: { sealed }, ttl }])
  }
}

function sealedFor(place: string): string {
  return `${SEALED}:${place}`
}
