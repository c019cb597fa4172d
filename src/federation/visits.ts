import { newId } from '../base/ids.ts'
import type { Needs } from '../base/nouns.ts'
import type { Artifact, Change } from '../storage/artifacts.ts'
import type { Answer } from './answer.ts'
import type { IdentityProvider } from './identity-provider.ts'

/** The session that somebody has at a provider, as that provider told of it. */
export interface Visit {
  providerId: string
  /** What the provider is called here: `google`. */
  provider: string
  /** As it calls the person in logout tokens: the `sub` of its ID tokens; null for plain OAuth 2.0. */
  subject: string | null
  /** What the provider calls the session; null where it gives it no name. */
  sid: string | null
  /** Names person and session to the provider when they sign out; null for plain OAuth 2.0. */
  idToken: string | null
}

const UNDER_WAY = 'UpstreamArrival'
const VISIT = 'UpstreamVisit'
const KNOWN = 'UpstreamName'

/** As long as an interaction lives, in seconds. */
const UNDER_WAY_TTL = 60 * 60

/**
 * Which sign-ins here came through which session at a provider: to sign people out there as well, and to end what they
 * have here when they are signed out there. A session here remembers the name of its visit (oidc/session-visits.ts).
 */
export class Visits {
  readonly #app

  constructor(app: Needs<'artifacts' | 'sealing' | 'clock' | 'config'>) {
    this.#app = app
  }

  /** Somebody came here from a provider; what is left of their sign-in lies before them. @param place nameOf(Place) */
  async arrive(place: string, { id, name }: Pick<IdentityProvider, 'id' | 'name'>, answer: Answer): Promise<void> {
    const { claims, idToken, sid } = answer
    const subject = idToken !== null && typeof claims.sub === 'string' ? claims.sub : null
    const visit = { providerId: id, provider: name, subject, sid, idToken }
    const payload = { sealed: this.#seal(visit, `${UNDER_WAY}:${place}`) }
    await this.#app.artifacts.commit([{ do: 'put', kind: UNDER_WAY, id: place, payload, ttl: UNDER_WAY_TTL }])
  }

  /** The sign-in is over, in which a provider said who it was. @returns what the visit is called; null where none is known */
  async settle(place: string, accountId: string): Promise<{ name: string; provider: string } | null> {
    const kept = await this.#app.artifacts.get(UNDER_WAY, place)
    if (!kept) return null
    const visit = this.#open(kept, `${UNDER_WAY}:${place}`)
    const name = newId(this.#app.clock.now())
    const changes: Change[] = [
      { do: 'drop', kind: UNDER_WAY, id: place },
      {
        do: 'put',
        kind: VISIT,
        id: name,
        payload: { sealed: this.#seal(visit, `${VISIT}:${name}`) },
        ttl: this.#app.config.sessionTtl,
      },
    ]
    for (const id of namesOf(visit)) {
      const visitors = [...new Set([...(await this.#visitors(id)), accountId])]
      changes.push({ do: 'put', kind: KNOWN, id, payload: { visitors }, ttl: this.#app.config.sessionTtl })
    }
    await this.#app.artifacts.commit(changes)
    return { name, provider: visit.provider }
  }

  async find(name: string): Promise<Visit | null> {
    const kept = await this.#app.artifacts.get(VISIT, name)
    return kept ? this.#open(kept, `${VISIT}:${name}`) : null
  }

  /** The accounts that somebody came to through it; the session is enough to name them, or the person. */
  async visitors(providerId: string, { subject, sid }: Told): Promise<string[]> {
    const names = namesOf({ providerId, subject, sid })
    const found = await Promise.all(names.map(name => this.#visitors(name)))
    return [...new Set(found.flat())]
  }

  async #visitors(id: string): Promise<string[]> {
    return ((await this.#app.artifacts.get(KNOWN, id))?.visitors ?? []) as string[]
  }

  #seal(visit: Visit, purpose: string): string {
    return this.#app.sealing.seal(JSON.stringify(visit), purpose)
  }

  #open({ sealed }: Artifact, purpose: string): Visit {
    return JSON.parse(this.#app.sealing.open(String(sealed), purpose)) as Visit
  }
}

/** Whom, or which session, a provider speaks of. */
export interface Told {
  subject: string | null
  sid: string | null
}

/**
 * Whether it is the session that the provider speaks of, or one of that person if it speaks of none. One that it gave no
 * name may be any of theirs.
 */
export function isMeant({ subject, sid }: Told, visit: Visit): boolean {
  const theirs = subject !== null && visit.subject === subject
  if (sid === null || visit.sid === null) return theirs
  return visit.sid === sid && (subject === null || theirs)
}

function namesOf({ providerId, subject, sid }: Told & Pick<Visit, 'providerId'>): string[] {
  const name = (what: string, value: string | null) =>
    value === null ? [] : [JSON.stringify([providerId, what, value])]
  return [...name('subject', subject), ...name('session', sid)]
}
