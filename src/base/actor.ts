/** Who does something: named on every change, recorded with it. */
export interface Actor {
  kind: 'operator' | 'account' | 'client' | 'visitor' | 'system'
  id: string | null
  ip: string | null
  userAgent: string | null
  /** Epoch seconds of the sign-in by which they do it, where they do it by one. */
  signedInAt?: number | null
}

/** Whoever runs the command line: the operating system has already decided who may. */
export const operator: Actor = { kind: 'operator', id: null, ip: null, userAgent: null }

export const system: Actor = { kind: 'system', id: null, ip: null, userAgent: null }
