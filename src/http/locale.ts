export const locales = ['en', 'ru'] as const
export type Locale = (typeof locales)[number]

/** The language of a tag (`ru-RU` is `ru`; RFC 5646), if we speak it. */
function spoken(tag: string): Locale | undefined {
  const language = tag.trim().toLowerCase().split('-', 1)[0]
  return locales.find(locale => locale === language)
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

/**
 * The language of a page: what the application asked for (`ui_locales`, space-separated, OpenID Connect Core,
 * section 3.1.2.1), then what the browser asks for, then English.
 */
export function negotiateLocale(asked: {
  uiLocales?: string | undefined
  acceptLanguage?: string | undefined
}): Locale {
  const tags = [...(asked.uiLocales?.split(' ') ?? []), ...wanted(asked.acceptLanguage ?? '')]
  for (const tag of tags) {
    const locale = spoken(tag)
    if (locale) return locale
  }
  return 'en'
}
