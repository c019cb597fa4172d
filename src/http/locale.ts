export const locales = ['en', 'ru'] as const
export type Locale = (typeof locales)[number]

/** The language of a tag (`ru-RU` is `ru`; RFC 5646), if we speak it. */
function spoken(tag: string): Locale | undefined {
  const language = tag.trim().toLowerCase().split('-', 1)[0]
  return locales.find(locale => locale === language)
}

/** The first language of a list as in `ui_locales` (OpenID Connect Core, section 3.1.2.1) that we speak. */
export function spokenIn(uiLocales: string): Locale | null {
  return uiLocales.split(' ').map(spoken).find(Boolean) ?? null
}

/** The tags of an Accept-Language header, most wanted first (RFC 9110, section 12.5.4). */
function wanted(acceptLanguage: string): string[] {
  return acceptLanguage
    .split(',')
    .map(item => {
      const [tag = '', ...parameters] = item.split(';')
      const quality = parameters.map(each => /^\s*q\s*=\s*([\d.]+)\s*$/i.exec(each)?.[1]).find(Boolean)
      return { tag, quality: Number(quality ?? 1) }
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
}

/** The language that a browser prefers (its Accept-Language header) of those that we speak, else English. */
export function negotiateLocale(acceptLanguage: string): Locale {
  return wanted(acceptLanguage).map(spoken).find(Boolean) ?? 'en'
}
