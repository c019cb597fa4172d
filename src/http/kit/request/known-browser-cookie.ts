import { KNOWN_BROWSER_TTL } from '../../../credentials/known-browsers/known-browsers.ts'
import type { Context } from './context.ts'
import { readCookie, setCookie } from './cookies.ts'

const TOKEN = /^[\w-]{22}$/
const SEPARATOR = '.'

/** Identifies a browser to the accounts that have signed in with it. It signs no one in by itself. */
export class KnownBrowserCookie {
  readonly #cookie: string
  readonly #secure: boolean

  constructor({ secure }: { secure: boolean }) {
    this.#cookie = secure ? '__Host-gatehouse_device' : 'gatehouse_device'
    this.#secure = secure
  }

  /** The tokens in the cookie, one for each account. */
  of(ctx: Context): string[] {
    return (readCookie(ctx, this.#cookie) ?? '').split(SEPARATOR).filter(token => TOKEN.test(token))
  }

  keep(ctx: Context, tokens: readonly string[]): void {
    setCookie(ctx, this.#cookie, tokens.join(SEPARATOR), { secure: this.#secure, maxAge: KNOWN_BROWSER_TTL })
  }
}
