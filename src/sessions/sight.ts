import { oneLine } from '../audit/device.ts'
import type { Actor } from '../base/actor.ts'
import type { Artifact } from '../storage/artifacts.ts'

/** What a session's record remembers of its browser, beside what the protocol keeps in it. */
interface Sight {
  /** Epoch seconds: when the record was written last. */
  at: number
  ip: string | null
  userAgent: string | null
}

export function sightOf({ ip, userAgent }: Actor, at: number): Sight {
  return { at, ip, userAgent: userAgent ? oneLine(userAgent) : null }
}

/** The last sight that a session's record has kept. */
export function lastSight({ seen, iat }: Artifact): Sight {
  return { at: Number(iat), ip: null, userAgent: null, ...(seen as Partial<Sight> | undefined) }
}
