import { randomBytes } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import type { Actor } from '../../base/actor.ts'
import type { Context, Handler, State } from '../context.ts'
import { type Locale, negotiateLocale } from '../locale.ts'

/**
 * Who asks, in which language, under which id; found out when somebody wants to know, since most requests come from
 * programs that neither limits nor pages look at.
 */
export function describeRequests(trustProxy: readonly string[]): Handler {
  const proxies = new Proxies(trustProxy)
  return (ctx, next) => {
    ctx.state = new RequestState(ctx, proxies)
    ctx.set('X-Request-Id', ctx.state.requestId)
    return next()
  }
}

class RequestState implements State {
  readonly requestId = nextId()
  declare form: URLSearchParams
  readonly #ctx: Context
  readonly #proxies: Proxies
  #visitor: Actor | undefined
  #locale: Locale | undefined

  constructor(ctx: Context, proxies: Proxies) {
    this.#ctx = ctx
    this.#proxies = proxies
  }

  get visitor(): Actor {
    this.#visitor ??= {
      kind: 'visitor',
      id: null,
      userAgent: this.#ctx.get('user-agent') || null,
      ip: this.#proxies.addressOf(this.#ctx.req.socket.remoteAddress, this.#ctx.get('x-forwarded-for')),
    }
    return this.#visitor
  }

  get locale(): Locale {
    const { ui_locales: uiLocales } = this.#ctx.query
    this.#locale ??= negotiateLocale({
      uiLocales: typeof uiLocales === 'string' ? uiLocales : undefined,
      acceptLanguage: this.#ctx.get('accept-language'),
    })
    return this.#locale
  }

  set locale(chosen: Locale) {
    this.#locale = chosen
  }
}

/** Tells requests of all processes apart; it is no secret and need not be random each time. */
const PROCESS = randomBytes(6).toString('base64url')
let requests = 0

function nextId(): string {
  requests += 1
  return `${PROCESS}-${requests.toString(36)}`
}

/**
 * The visitor's address is the peer's own, or what trusted proxies say of it: X-Forwarded-For is read from its end, and
 * only as far as each hop is trusted; what is no address ends the reading.
 */
class Proxies {
  readonly #trusted = new BlockList()
  readonly #any: boolean

  constructor(ranges: readonly string[]) {
    this.#any = ranges.length > 0
    for (const range of ranges) {
      const [address = '', bits] = range.split('/')
      const version = isIP(address)
      if (version) this.#trusted.addSubnet(address, Number(bits ?? (version === 6 ? 128 : 32)), family(version))
    }
  }

  addressOf(peer: string | undefined, forwarded: string): string | null {
    let address = plain(peer ?? '')
    if (!this.#any) return address || null
    for (const hop of forwarded.split(',').reverse()) {
      if (!this.#trusts(address) || !isIP(plain(hop))) break
      address = plain(hop)
    }
    return address || null
  }

  #trusts(address: string): boolean {
    const version = isIP(address)
    return version !== 0 && this.#trusted.check(address, family(version))
  }
}

function family(version: number): 'ipv4' | 'ipv6' {
  return version === 6 ? 'ipv6' : 'ipv4'
}

/** An IPv4 address in its IPv6 spelling is the same address. */
function plain(address: string): string {
  return address.trim().replace(/^::ffff:(?=\d+\.)/i, '')
}
