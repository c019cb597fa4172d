export const locales = ['en', 'ru'] as const
export type Locale = (typeof locales)[number]

/** The locale of a language tag (`ru-RU` is `ru`; RFC 5646), if it is supported. */
function localeOf(tag: string): Locale | undefined {
  const language = tag.trim().toLowerCase().split('-', 1)[0]
  return locales.find(locale => locale === language)
}

/** The first supported language of a list as in `ui_locales` (OpenID Connect Core, section 3.1.2.1). */
export function firstSupported(uiLocales: string): Locale | null {
  return uiLocales.split(' ').map(localeOf).find(Boolean) ?? null
}
