import { KNOWN_BROWSER_TTL } from '../../../credentials/known-browsers/known-browsers.ts'
import type { Context } from './context.ts'
import { readCookie, setCookie } from './cookies.ts'

const TOKEN = /^[\w-]{22}$/
const SEPARATOR = '.'

const cookieName = (secure: boolean) => (secure ? '__Host-gatehouse_device' : 'gatehouse_device')

/** The tokens that identify this browser to the accounts that have signed in with it. They sign no one in by themselves. */
export function readBrowserTokens(ctx: Context, { secure }: { secure: boolean }): string[] {
  return (readCookie(ctx, cookieName(secure)) ?? '').split(SEPARATOR).filter(token => TOKEN.test(token))
}

export function keepBrowserTokens(ctx: Context, tokens: readonly string[], { secure }: { secure: boolean }): void {
  setCookie(ctx, cookieName(secure), tokens.join(SEPARATOR), { secure, maxAge: KNOWN_BROWSER_TTL })
}
