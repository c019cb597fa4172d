import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { Refusal, StoreUnavailable } from '../../base/refusals.ts'

/**
 * `cancelled`: the person said no there. `unavailable`: it cannot be reached, is slow, or broken for the moment.
 * `broken`: its answer is not to be believed, or it is set up wrongly, here or there.
 */
export type Problem = 'cancelled' | 'unavailable' | 'broken'

/** A provider that did not say who somebody is. The message is for the log: it names the cause and no secret. */
export class UpstreamFailure extends Refusal {
  readonly code: `upstream_${Problem}`
  readonly problem: Problem
  constructor(problem: Problem, message: string) {
    super(message)
    this.code = `upstream_${problem}`
    this.problem = problem
  }
}

/** No answer, or one that says to come again: of requests to providers. */
export class Unreachable extends Error {}

/** What providers say when somebody presses “cancel”; the last two are of LinkedIn, the last also of Apple. */
const CANCELLED = new Set(['access_denied', 'user_denied', 'user_cancelled_login', 'user_cancelled_authorize'])
const TEMPORARY = new Set(['server_error', 'temporarily_unavailable'])

/**
 * Libraries hang whole answers on their errors: only what errors say in words goes on. That one of our own stores is away
 * is no fault of the provider's, however deep it lies. @throws StoreUnavailable
 */
export function failureOf(error: unknown): UpstreamFailure {
  if (error instanceof UpstreamFailure) return error
  const storeError = causes(error).find(each => each instanceof StoreUnavailable)
  if (storeError) throw storeError
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const said = /^[\w.-]{1,60}$/.test(error.error) ? error.error : 'something unreadable'
    const fromAuthorization = error instanceof AuthorizationResponseError
    const problem =
      fromAuthorization && CANCELLED.has(said) ? 'cancelled' : TEMPORARY.has(said) ? 'unavailable' : 'broken'
    return new UpstreamFailure(problem, `${fromAuthorization ? 'it' : 'its token endpoint'} answered ${said}`)
  }
  const chain = causes(error)
  const unreachable = chain.findIndex(each => each instanceof Unreachable)
  const messages = chain.slice(Math.max(0, unreachable)).map(({ message }) => message)
  return new UpstreamFailure(
    unreachable < 0 ? 'broken' : 'unavailable',
    [...new Set(messages)].filter(Boolean).join(': '),
  )
}

function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : []
}
