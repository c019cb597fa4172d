import { KNOWN_BROWSER_TTL } from '../../../credentials/known-browsers/known-browsers.ts'
import type { Context } from './context.ts'

const TOKEN = /^[\w-]{22}$/
const SEPARATOR = '.'

/** The cookie by which accounts recognise a browser in which they have signed in. It signs no one in by itself. */
export class KnownBrowserCookie {
  readonly #cookie: string
  readonly #secure: boolean

  constructor({ secure }: { secure: boolean }) {
    this.#cookie = secure ? '__Host-gatehouse_device' : 'gatehouse_device'
    this.#secure = secure
  }

  /** The tokens in the cookie, one for each account. */
  of(ctx: Context): string[] {
    const kept = ctx.cookies.get(this.#cookie, { signed: false }) ?? ''
    return kept.split(SEPARATOR).filter(token => TOKEN.test(token))
  }

  keep(ctx: Context, tokens: readonly string[]): void {
    ctx.cookies.set(this.#cookie, tokens.join(SEPARATOR), {
      httpOnly: true,
      sameSite: 'lax',
      secure: this.#secure,
      path: '/',
      maxAge: KNOWN_BROWSER_TTL * 1000,
      signed: false,
    })
  }
}
