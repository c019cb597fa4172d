import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Artifact } from '../storage/artifacts/artifacts.ts'

/** What a session's record remembers of its browser, beside what the protocol keeps in it. */
interface SessionMetadata {
  /** Epoch seconds: when the record was written last. */
  at: number
  ip: string | null
  userAgent: string | null
}

export function sessionMetadata({ ip, userAgent }: Actor, at: number): SessionMetadata {
  return { at, ip, userAgent: userAgent ? oneLine(userAgent) : null }
}

/** The last sight that a session's record has kept. */
export function lastMetadata({ seen, iat }: Artifact): SessionMetadata {
  return { at: Number(iat), ip: null, userAgent: null, ...(seen as Partial<SessionMetadata> | undefined) }
}
