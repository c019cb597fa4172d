import type { Actor } from '../base/actor.ts'
import { oneLine } from '../base/text/user-agent.ts'
import type { Artifact } from '../storage/artifacts/artifacts.ts'

/** What a session stores about its browser, besides the data of the protocol. */
interface SessionMetadata {
  /** When the session was last written, epoch seconds. */
  at: number
  ip: string | null
  userAgent: string | null
}

export function sessionMetadata({ ip, userAgent }: Actor, at: number): SessionMetadata {
  return { at, ip, userAgent: userAgent ? oneLine(userAgent) : null }
}

/** The stored metadata of a session. */
export function lastMetadata({ seen, iat }: Artifact): SessionMetadata {
  return { at: Number(iat), ip: null, userAgent: null, ...(seen as Partial<SessionMetadata> | undefined) }
}

/** What a session stores about one application that it is signed in to. */
interface Authorization {
  /** The application's id for the session: the claim `sid`. */
  sid?: string
  grantId?: string
}

/** By client_id. */
export function authorizationsOf({ authorizations }: Artifact): Record<string, Authorization> {
  return (authorizations ?? {}) as Record<string, Authorization>
}
