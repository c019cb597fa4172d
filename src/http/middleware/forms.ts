import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path/posix'
import getRawBody from 'raw-body'
import { Forbidden } from '../../base/refusals.ts'
import { mac, type Sealing } from '../../base/sealing.ts'
import { sameText } from '../../base/secrets.ts'
import { cookies } from '../../oidc/sessions/cookies.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import { setCookie } from '../kit/request/cookies.ts'

const LIMIT = 64 * 1024
const MAX_FIELDS = 100

/** Takes the place of the folder in the tokens of account forms. */
const ACCOUNT = 'account'

/**
 * The account and session that a form of the account pages belongs to: it is accepted only in the session in which it was
 * shown. As its token is bound to the session, it is valid at every path of the account pages.
 */
export interface Holder {
  account: string
  session: string
}

/**
 * Accepts forms from our own pages only (CSRF). Each carries a token made from a cookie of the browser and the folder that it
 * is posted to, and its Origin or Sec-Fetch-Site header must not name another site.
 */
export class Forms {
  readonly #keys: Buffer[]
  readonly #cookie: string
  readonly #origin: string
  readonly #secure: boolean
  readonly #fresh = new WeakMap<object, string>()

  constructor({ sealing, issuer, secure }: { sealing: Sealing; issuer: string; secure: boolean }) {
    this.#keys = sealing.keysFor('form')
    this.#cookie = cookies({ secure }).names.browser
    this.#origin = new URL(issuer).origin
    this.#secure = secure
  }

  /** The value of the hidden field `csrf` for forms posted to this path or its siblings. */
  token(ctx: Context, action: string, holder?: Holder): string {
    const at = [this.ensureBrowserId(ctx), holder ? ACCOUNT : dirname(action)]
    const key = this.#keys[0]!
    const parts = holder ? [at, [...at, holder.account], [...at, holder.account, holder.session]] : [at]
    return parts.map(part => mac(key, ...part)).join('.')
  }

  /** Reads a posted form into `ctx.state.form`. The handler must call `verifyToken`; it can then show the form again. */
  readonly read: Handler = async (ctx, next) => {
    await this.parse(ctx)
    await next()
  }

  /** Checks that a holder's form was shown in this browser, before the holder is known. The handler must call `checkAccountToken`. */
  readonly readAccountForm: Handler = (ctx, next) => {
    return this.read(ctx, () => {
      const [browser = ''] = (ctx.state.form.get('csrf') ?? '').split('.')
      if (!this.#sameOrigin(ctx) || !this.#tokenFits(ctx, browser, ACCOUNT)) throw refused()
      return next()
    })
  }

  /** Refuses a form from another origin. It is for forms that have a token of the protocol, which the library checks. */
  readonly verifyOrigin: Handler = (ctx, next) => {
    if (ctx.method === 'POST' && !this.#sameOrigin(ctx)) throw refused()
    return next()
  }

  /** The cookie value that identifies this browser; null if it has none yet. */
  browserId(ctx: Context): string | null {
    return ctx.cookies.get(this.#cookie, { signed: false }) ?? null
  }

  /** Refuses a form without a valid token or from another origin. @throws Forbidden `forbidden_form` */
  verifyToken(ctx: Context): void {
    const folder = dirname(`${ctx.mountPath ?? ''}${ctx.path}`)
    const fits = this.#tokenFits(ctx, ctx.state.form.get('csrf') ?? '', folder)
    if (!fits || !this.#sameOrigin(ctx)) throw refused()
  }

  /**
   * `current`: the form was shown to this account in this session. `earlier`: to this account in this browser, before the
   * person signed in again. `invalid`: to another account, or the token is invalid.
   */
  checkAccountToken(ctx: Context, csrf: string, { account, session }: Holder): 'current' | 'earlier' | 'invalid' {
    const [_browser, person = '', whole = ''] = csrf.split('.')
    if (this.#tokenFits(ctx, whole, ACCOUNT, account, session)) return 'current'
    return this.#tokenFits(ctx, person, ACCOUNT, account) ? 'earlier' : 'invalid'
  }

  /** Reads the form, unless it was read before. */
  async parse(ctx: Context): Promise<void> {
    if (ctx.state.form) return
    if (!ctx.is('application/x-www-form-urlencoded'))
      ctx.throw(415, 'forms are sent as application/x-www-form-urlencoded')
    const read = (ctx.req as { body?: Buffer }).body
    const body = read ?? (await getRawBody(ctx.req, { limit: LIMIT, length: ctx.get('content-length') || null }))
    ctx.state.form = new URLSearchParams(body.toString())
    if (ctx.state.form.size > MAX_FIELDS) ctx.throw(400, 'too many fields')
  }

  #sameOrigin(ctx: Context): boolean {
    const origin = ctx.get('origin')
    const site = ctx.get('sec-fetch-site')
    return origin ? origin === this.#origin : site === '' || site === 'same-origin' || site === 'none'
  }

  #tokenFits(ctx: Context, token: string, ...madeFrom: string[]): boolean {
    const browser = this.browserId(ctx)
    return browser !== null && this.#keys.some(key => sameText(token, mac(key, browser, ...madeFrom)))
  }

  /** The same as `browserId`, but sets the cookie if there is none: for a flow that starts before a page was shown. */
  ensureBrowserId(ctx: Context): string {
    const known = this.browserId(ctx)
    if (known && /^[\w-]{22}$/.test(known)) return known
    // All forms of a page share one cookie: of two, the browser would keep the last, and only its forms would be accepted.
    const fresh = this.#fresh.get(ctx.req) ?? randomBytes(16).toString('base64url')
    this.#fresh.set(ctx.req, fresh)
    setCookie(ctx, this.#cookie, fresh, { secure: this.#secure })
    return fresh
  }
}

export function refused(): Forbidden {
  return new Forbidden('this form was not sent from its own page, or the page was open for too long', 'forbidden_form')
}
