import { keptKind } from '../storage/artifacts/kept.ts'
import type { AuthenticationResult } from './protocol/authentication-result.ts'

/** What somebody has brought back from a provider. */
export interface ReturnedResult {
  providerId: string
  result: AuthenticationResult
  /** When they set out, epoch seconds. */
  begunAt: number
}

/** What came back from a provider, until the page that it is for takes it; the id names that page and the browser. */
export const RETURNED_RESULT = keptKind<ReturnedResult>('UpstreamResult', { ttl: 15 * 60, sealed: 'by-server' })
