import { type Locale, spokenIn } from '../../words/locale.ts'
import type { Context } from './context.ts'

/** Seconds: as long as an interaction lives. */
const TTL = 60 * 60

const NAMES = ['__Host-gatehouse_locale', 'gatehouse_locale'] as const

/**
 * The language that an application asked for with `ui_locales`. It goes with the browser to the pages that are part of no
 * interaction (a forgotten password, links in emails, the account), and from there into emails.
 */
export function askedLocale(ctx: Context): Locale | null {
  const { ui_locales: uiLocales } = ctx.query
  const kept = NAMES.map(name => ctx.cookies.get(name, { signed: false })).find(Boolean)
  return spokenIn(typeof uiLocales === 'string' ? uiLocales : '') ?? spokenIn(kept ?? '')
}

/** Keeps what this request of an application asks for, and forgets what an earlier one did. */
export function keepLocale(ctx: Context, uiLocales: string | null, { secure }: { secure: boolean }): Locale | null {
  const asked = spokenIn(uiLocales ?? '')
  const name = NAMES[secure ? 0 : 1]
  const kept = ctx.cookies.get(name, { signed: false }) ?? null
  if (asked !== kept)
    ctx.cookies.set(name, asked, {
      httpOnly: true,
      sameSite: 'lax',
      secure,
      path: '/',
      signed: false,
      ...(asked && { maxAge: TTL * 1000 }),
    })
  return asked
}
