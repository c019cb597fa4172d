import { firstSupported, type Locale } from '../../../i18n/locale.ts'
import type { Context } from './context.ts'

/** Seconds: as long as an interaction lives. */
const TTL = 60 * 60

const NAMES = ['__Host-gatehouse_locale', 'gatehouse_locale'] as const

/**
 * The language that an application asked for with `ui_locales`. A cookie keeps it for pages outside an interaction (password
 * reset, links in emails, the account pages), and emails sent from there use it too.
 */
export function requestedLocale(ctx: Context): Locale | null {
  const { ui_locales: uiLocales } = ctx.query
  const kept = NAMES.map(name => ctx.cookies.get(name, { signed: false })).find(Boolean)
  return firstSupported(typeof uiLocales === 'string' ? uiLocales : '') ?? firstSupported(kept ?? '')
}

/** Stores the language that this authorization request asks for, in place of an earlier one. */
export function keepLocale(ctx: Context, uiLocales: string | null, { secure }: { secure: boolean }): Locale | null {
  const asked = firstSupported(uiLocales ?? '')
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
