import type { Request } from 'koa'
import { firstSupported, type Locale, locales } from '../../../i18n/locale.ts'
import type { Context } from './context.ts'
import { readCookie, setCookie } from './cookies.ts'

/** Seconds: as long as an interaction lives. */
const TTL = 60 * 60

const NAMES = ['__Host-gatehouse_locale', 'gatehouse_locale'] as const

/**
 * The language that an application asked for with `ui_locales`. A cookie keeps it for pages outside an interaction (password
 * reset, links in emails, the account pages), and emails sent from there use it too.
 */
export function requestedLocale(ctx: Context): Locale | null {
  const { ui_locales: uiLocales } = ctx.query
  const kept = NAMES.map(name => readCookie(ctx, name)).find(Boolean)
  return firstSupported(typeof uiLocales === 'string' ? uiLocales : '') ?? firstSupported(kept ?? '')
}

/** Stores the language that this authorization request asks for, in place of an earlier one. */
export function keepLocale(ctx: Context, uiLocales: string | null, { secure }: { secure: boolean }): Locale | null {
  const asked = firstSupported(uiLocales ?? '')
  const name = NAMES[secure ? 0 : 1]
  if (asked !== readCookie(ctx, name)) setCookie(ctx, name, asked, { secure, maxAge: TTL })
  return asked
}

/** The language that the browser prefers (Accept-Language, RFC 9110 section 12.5.4) of those that we have, else English. */
export function preferredLocale(ctx: Pick<Request, 'acceptsLanguages'>): Locale {
  return (ctx.acceptsLanguages(...locales) as Locale | false) || 'en'
}
