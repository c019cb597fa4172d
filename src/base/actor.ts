/** The actor of a change, recorded with it in the audit trail. */
export interface Actor {
  kind: 'operator' | 'account' | 'client' | 'visitor' | 'system'
  id: string | null
  ip: string | null
  userAgent: string | null
  /** When the actor signed in, in epoch seconds; absent if the actor didn't sign in. */
  signedInAt?: number | null
  /** The ID of the HTTP request, as in the log; absent if the change was not requested over HTTP. */
  requestId?: string | null
}

/** The user of the command line, already authorized by the operating system. */
export const operator: Actor = { kind: 'operator', id: null, ip: null, userAgent: null }

export const system: Actor = { kind: 'system', id: null, ip: null, userAgent: null }

/** `operator`, `account:019dfb8e-…`. */
export function actorName({ kind, id }: Pick<Actor, 'kind' | 'id'>): string {
  return id ? `${kind}:${id}` : kind
}
