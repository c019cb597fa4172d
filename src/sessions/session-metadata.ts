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

/** What a session, and each grant from it, stores if an administrator acts as the person (lifecycle/impersonation). */
export interface ImpersonationMark {
  /** Its ID. */
  id: string
  /** The account of the administrator. */
  by: string
  /** When the administrator signed in, in epoch seconds, ... */
  since: number
  /** ... and the `uid` of their own session. */
  session: string
  /** Epoch seconds. */
  until: number
  reason: string
}

/** Null if no one acts as the person. */
export function impersonationOf({ impersonation }: Artifact): ImpersonationMark | null {
  return (impersonation as ImpersonationMark | undefined) ?? null
}
