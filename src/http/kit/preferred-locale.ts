import type { Request } from 'koa'
import { type Locale, locales } from '../../i18n/locale.ts'

/** The language that a browser prefers (Accept-Language: RFC 9110, section 12.5.4) of those that we speak, else English. */
export function preferredLocale(ctx: Pick<Request, 'acceptsLanguages'>): Locale {
  return (ctx.acceptsLanguages(...locales) as Locale | false) || 'en'
}
