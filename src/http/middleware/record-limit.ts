import { network } from '../../base/network/networks.ts'
import { TooManyAttempts, TooManyRequests } from '../../base/refusals.ts'
import type { Limit } from '../../limits/limit.ts'
import { begin } from '../kit/answers.ts'
import type { Context, Handler } from '../kit/context.ts'
import { LEAVES_RECORD } from '../sign-in/routes.ts'

interface Counted {
  path: RegExp
  /** Whether by POST alone. */
  posted: boolean
  /** Whether programs ask, which understand errors of the protocol (RFC 9126 section 2.3). */
  protocol?: true
}

/**
 * The requests with which a stranger leaves a record: an interaction, a pushed or posted request, a session that is to be
 * ended, a sign-in at another provider, an email, an account.
 */
const COUNTED: Record<string, Counted> = {
  auth: { path: /^\/auth$/, posted: false },
  request: { path: /^\/request$/, posted: true, protocol: true },
  session: { path: /^\/session\/end$/, posted: false },
  interaction: { path: LEAVES_RECORD, posted: true },
}

/**
 * One limit by address, shared by all requests that leave a record. It is counted before anything else is done, so that
 * what is refused costs one question to Redis.
 */
export class RecordLimit {
  readonly #limit: Limit

  constructor(limit: Limit) {
    this.#limit = limit
  }

  /** The handler that counts stands in front of the one that answers the paths that begin with this segment. */
  before(segment: keyof typeof COUNTED, answer: Handler): Handler {
    const { path, posted, protocol } = COUNTED[segment]!
    return async (ctx, next) => {
      const counts = ctx.method === 'POST' || (!posted && (ctx.method === 'GET' || ctx.method === 'HEAD'))
      const refused = counts && path.test(ctx.path) ? await this.#take(ctx) : null
      if (!refused) return answer(ctx, next)
      if (!protocol) throw refused
      begin(ctx, refused)
      ctx.set('Cache-Control', 'no-store')
      ctx.type = 'application/json'
      ctx.body = JSON.stringify({ error: 'temporarily_unavailable', error_description: refused.message })
    }
  }

  /** In front of one route: its table says that it leaves a record. */
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
