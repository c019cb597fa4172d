import en from '../../locales/en.json' with { type: 'json' }
import ru from '../../locales/ru.json' with { type: 'json' }
import type { Locale } from './locale.ts'

const messages: Record<Locale, Record<string, string>> = { en, ru }

/** Seconds. */
const JUST_NOW = 5

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

export type Vars = Record<string, string | number>

/** The messages of one locale, with plurals, durations and dates. */
export class Translator {
  #messages: Record<string, string>
  #plurals: Intl.PluralRules
  #durations: Intl.DurationFormat
  #moments: Intl.RelativeTimeFormat
  #dates: Intl.DateTimeFormat
  #now: string
  #soonTexts = new Map<string, string>()

  constructor(locale: Locale) {
    this.#messages = messages[locale]
    this.#plurals = new Intl.PluralRules(locale)
    this.#durations = new Intl.DurationFormat(locale, { style: 'long' })
    this.#moments = new Intl.RelativeTimeFormat(locale)
    this.#now = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second')
    this.#dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#messages, key)
  }

  /**
   * The message of a key with its {names} filled in. A `count` selects its plural form, `key#one`, `key#few`, …, if
   * any.
   */
  t(key: string, vars: Vars = {}): string {
    const form = `${key}#${this.#plurals.select(Number(vars.count))}`
    const message = this.#messages[this.has(form) ? form : key] ?? key
    return message.replace(/\{(\w+)\}/g, (hole, name) => String(vars[name] ?? hole))
  }

  /** A duration of at least one second, in its two largest units: `14 days`, `1 hour, 30 minutes`. */
  span(seconds: number): string {
    const whole = Math.max(1, Math.floor(seconds))
    const parts = [
      ['days', Math.floor(whole / 86_400)],
      ['hours', Math.floor(whole / 3600) % 24],
      ['minutes', Math.floor(whole / 60) % 60],
      ['seconds', whole % 60],
    ] as const
    const first = parts.findIndex(([, amount]) => amount > 0)
    return this.#durations.format(Object.fromEntries(parts.slice(first, first + 2)))
  }

  /** The time until a moment, rounded up: `in 5 minutes`. */
  ahead(seconds: number): string {
    if (seconds < 60) return this.#soon(Math.max(1, Math.ceil(seconds)), 'second')
    if (seconds < 3600) return this.#soon(Math.ceil(seconds / 60), 'minute')
    return this.#moments.format(Math.ceil(seconds / 3600), 'hour')
  }

  /** Cached, because formatting takes longer than the rest of a page that refuses a request. */
  #soon(amount: number, unit: 'second' | 'minute'): string {
    const key = `${amount} ${unit}`
    const text = this.#soonTexts.get(key) ?? this.#moments.format(amount, unit)
    this.#soonTexts.set(key, text)
    return text
  }

  /** The time since a moment, in its largest unit: `3 minutes ago`; `now` for less than five seconds. */
  ago(seconds: number): string {
    const past = Math.floor(seconds)
    if (past < JUST_NOW) return this.#now
    const [unit, length] = UNITS.find(([, length]) => past >= length) ?? ['second', 1]
    return this.#moments.format(-Math.floor(past / length), unit)
  }

  /** Date and time in UTC, because the time zone of the person is not known. */
  date(moment: Date): string {
    return `${this.#dates.format(moment)} UTC`
  }
}

const all: Record<Locale, Translator> = { en: new Translator('en'), ru: new Translator('ru') }

export function translatorFor(locale: Locale): Translator {
  return all[locale]
}
