import type { Artifact } from '../storage/artifacts/artifacts.ts'

/** What a session's record says of one application that was let in from it. */
interface Authorization {
  /** The session's name for the application: the claim `sid`. */
  sid?: string
  grantId?: string
}

/** By client_id. */
export function authorizationsOf({ authorizations }: Artifact): Record<string, Authorization> {
  return (authorizations ?? {}) as Record<string, Authorization>
}
