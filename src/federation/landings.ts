import { keptKind } from '../storage/kept.ts'
import type { Answer } from './answer.ts'

/** What somebody has brought back from a provider. */
export interface Landing {
  providerId: string
  answer: Answer
  /** When they set out, epoch seconds. */
  begunAt: number
}

/** What came back from a provider, until the page that it is for takes it; the id names that page and the browser. */
export const LANDING = keptKind<Landing>('UpstreamLanding', { ttl: 15 * 60, sealed: 'by-server' })
