import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { Refusal, StoreUnavailable } from '../../base/refusals.ts'

/**
 * `cancelled`: the person declined at the provider. `unavailable`: it is unreachable, slow, or has a temporary error.
 * `broken`: its response is invalid, or one of the two sides is configured incorrectly.
 */
type Problem = 'cancelled' | 'unavailable' | 'broken'

/** A provider that did not authenticate the person. The message is for the log: it names the cause and no secret. */
export class UpstreamFailure extends Refusal {
  readonly code: `upstream_${Problem}`
  readonly problem: Problem
  constructor(problem: Problem, message: string) {
    super(message)
    this.code = `upstream_${problem}`
    this.problem = problem
  }
}

/** A provider does not respond, or responds with 429 or a server error. */
export class Unreachable extends Error {}

/** Error codes for a person who declines; the last two are LinkedIn's, the last also Apple's. */
const CANCELLED = new Set(['access_denied', 'user_denied', 'user_cancelled_login', 'user_cancelled_authorize'])
const TEMPORARY = new Set(['server_error', 'temporarily_unavailable'])

/**
 * Keeps only the messages of an error, because libraries attach whole responses. An unavailable store of our own, anywhere
 * in the chain of causes, is not the provider's failure. @throws StoreUnavailable
 */
export function failureOf(error: unknown): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error
  const chain = causes(error)
  const storeError = chain.find(each => each instanceof StoreUnavailable)
  if (storeError) throw storeError
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const code = /^[\w.-]{1,60}$/.test(error.error) ? error.error : 'an unreadable error'
    const fromAuthorization = error instanceof AuthorizationResponseError
    const problem =
      fromAuthorization && CANCELLED.has(code) ? 'cancelled' : TEMPORARY.has(code) ? 'unavailable' : 'broken'
    return new UpstreamFailure(problem, `${fromAuthorization ? 'it' : 'its token endpoint'} answered ${code}`)
  }
  const unreachable = chain.findIndex(each => each instanceof Unreachable)
  const messages = new Set(chain.slice(Math.max(0, unreachable)).map(({ message }) => message))
  return new UpstreamFailure(unreachable < 0 ? 'broken' : 'unavailable', [...messages].filter(Boolean).join(': '))
}

function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : []
}
