import type { Artifact } from '../storage/artifacts/artifacts.ts'

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
