import type { RefusedRequests } from './refused-requests.ts'
import type { RequestReports } from './request-reports.ts'

/**
 * This folder explains HTTP requests to operators, by their IDs: it keeps for a day why a request was refused, and joins
 * that with the audit events of the request.
 */
declare module '../base/nouns.ts' {
  interface Nouns {
    refusedRequests: RefusedRequests
    requestReports: RequestReports
  }
}
