import { network } from '../../base/network/ip-ranges.ts'
import { TooManyAttempts, TooManyRequests } from '../../base/refusals.ts'
import type { Limit } from '../../limits/limit.ts'
import { setStatus } from '../kit/errors/error-responses.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import { LEAVES_RECORD } from '../sign-in/routes.ts'

interface Counted {
  path: RegExp
  /** Whether only POST is counted. */
  posted: boolean
  /** Whether programs send it, so that a refusal is a protocol error (RFC 9126 section 2.3). */
  protocol?: true
}

/**
 * The requests by which anyone can create a record: an interaction, a pushed or posted request, a sign-out, an upstream
 * request, an email, an account.
 */
const COUNTED: Record<string, Counted> = {
  auth: { path: /^\/auth$/, posted: false },
  request: { path: /^\/request$/, posted: true, protocol: true },
  session: { path: /^\/session\/end$/, posted: false },
  interaction: { path: LEAVES_RECORD, posted: true },
}

/**
 * One limit per network address for all requests that create a record. It is checked before anything else, so that a
 * refused request costs one query to Redis.
 */
export class StoredRequestsLimit {
  readonly #limit: Limit

  constructor(limit: Limit) {
    this.#limit = limit
  }

  /** Wraps the handler of the paths that begin with this segment, and counts their requests. */
  before(segment: keyof typeof COUNTED, answer: Handler): Handler {
    const { path, posted, protocol } = COUNTED[segment]!
    return async (ctx, next) => {
      const counts = ctx.method === 'POST' || (!posted && (ctx.method === 'GET' || ctx.method === 'HEAD'))
      const refused = counts && path.test(ctx.path) ? await this.#take(ctx) : null
      if (!refused) return answer(ctx, next)
      if (!protocol) throw refused
      ctx.state.notes.error = refused
      setStatus(ctx, refused)
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'application/json'
      ctx.body = JSON.stringify({ error: 'temporarily_unavailable', error_description: refused.message })
    }
  }

  /** Counts the requests of one route, for route tables that mark it with `leavesRecord`. */
  readonly count: Handler = async (ctx, next) => {
    const refused = await this.#take(ctx)
    if (refused) throw refused
    await next()
  }

  async #take(ctx: Context): Promise<TooManyRequests | null> {
    try {
      await this.#limit.take(network(ctx.state.visitor.ip))
      return null
    } catch (error) {
      if (error instanceof TooManyAttempts) return new TooManyRequests(error.retryAfter)
      throw error
    }
  }
}
