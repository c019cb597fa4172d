import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Actor } from '../../base/actor.ts'
import type { Locale } from '../../i18n/locale.ts'
import type { RequestNotes } from '../../requests/refused-request.ts'
import type { Context, Handler, State } from '../kit/request/context.ts'
import { preferredLocale, requestedLocale } from '../kit/request/locale.ts'
import type { TrustedProxies } from './trusted-proxies.ts'

/**
 * Describes each request: its sender, its language and its id. Sender and language are computed on first use, since most
 * requests come from programs and need neither.
 */
export function describeRequests(proxies: TrustedProxies): Handler {
  return async (ctx, next) => {
    ctx.state = new RequestState(ctx, proxies)
    ctx.set('X-Request-Id', ctx.state.requestId)
    await next()
    exposeId(ctx)
  }
}

/** Applications in a browser may read the id of every answer that they may read at all (CORS). */
function exposeId({ response }: Context): void {
  if (!response.get('Access-Control-Allow-Origin')) return
  const exposed = response.get('Access-Control-Expose-Headers')
  if (!/x-request-id/i.test(exposed))
    response.set('Access-Control-Expose-Headers', [exposed, 'X-Request-Id'].filter(Boolean).join(', '))
}

class RequestState implements State {
  /** The same id as in the log of a trusted proxy. */
  readonly requestId: string
  readonly notes: RequestNotes = {}
  declare form: URLSearchParams
  impersonation: State['impersonation'] = null
  readonly #ctx: Context
  readonly #proxies: TrustedProxies
  #visitor: Actor | undefined
  #locale: Locale | undefined
  #asked: Locale | null | undefined

  constructor(ctx: Context, proxies: TrustedProxies) {
    this.#ctx = ctx
    this.#proxies = proxies
    this.requestId = requestIdOf(ctx.req, proxies)
  }

  get visitor(): Actor {
    this.#visitor ??= {
      kind: 'visitor',
      id: null,
      userAgent: this.#ctx.get('user-agent') || null,
      ip: this.#proxies.addressOf(this.#ctx.req),
      requestId: this.requestId,
    }
    return this.#visitor
  }

  set visitor(visitor: Actor) {
    this.#visitor = visitor
  }

  get locale(): Locale {
    this.#locale ??= this.requestedLocale ?? preferredLocale(this.#ctx)
    return this.#locale
  }

  get requestedLocale(): Locale | null {
    if (this.#asked === undefined) this.#asked = requestedLocale(this.#ctx)
    return this.#asked
  }

  set requestedLocale(asked: Locale | null) {
    this.#asked = asked
    this.#locale = undefined
  }
}

/**
 * Request ids are unique across processes. They are not secret, so one random value per process is enough. It is
 * hexadecimal, so that an id never begins with a dash, which a command line would take for an option.
 */
const PROCESS = randomBytes(6).toString('hex')
let requests = 0

/** The request id that a trusted proxy sent, or else a new one. */
export function requestIdOf(req: IncomingMessage, proxies: TrustedProxies): string {
  return proxies.requestIdOf(req) ?? `${PROCESS}-${(requests++).toString(36)}`
}
