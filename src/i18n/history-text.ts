import type { HistoryEvent } from '../audit/history.ts'
import { type Locale, locales } from './locale.ts'
import { Translator } from './translator.ts'

const translators = new Map(locales.map(locale => [locale, new Translator(locale)]))

interface HistoryTextOptions {
  locale: Locale
  now: Date
  /** The name of the event's application, if known. */
  client?: string | null | undefined
  /** The title of the event's upstream provider. */
  provider?: string | null | undefined
  /** The impersonation that the event is about. */
  impersonation?: { administrator: string | null; reason: string } | null | undefined
}

/** A history event in words. `what`: `Wrong password`; `circumstances`: `Firefox on Linux, 203.0.113.7, 3 minutes ago`. */
export function historyText(event: HistoryEvent, { locale, now, client, provider, impersonation }: HistoryTextOptions) {
  const translator = translators.get(locale)!
  const circumstances = [
    event.byOperator ? translator.t('history.by-operator') : deviceText(event, locale),
    event.byOperator ? null : event.ip,
    translator.ago((now.getTime() - event.at.getTime()) / 1000),
  ]
  const names = {
    ...{ kind: event.kind, target: event.target ?? '', client: client ?? '', provider: provider ?? '' },
    administrator: impersonation?.administrator ?? translator.t('history.an-administrator'),
    stated: impersonation?.reason ?? translator.t('value.none'),
  }
  return {
    what: translator.t(keyOf(translator, event, client), names),
    circumstances: circumstances.filter(Boolean).join(', '),
  }
}

/** `Firefox on Linux` in that language; empty if unknown. */
export function deviceText({ browser, system }: Pick<HistoryEvent, 'browser' | 'system'>, locale: Locale): string {
  return browser && system
    ? translators.get(locale)!.t('history.device', { browser, system })
    : (browser ?? system ?? '')
}

/** The most specific message that exists: by reason and application, reason, application, or kind. */
function keyOf(translator: Translator, { kind, reason }: HistoryEvent, client: string | null | undefined): string {
  const because = reason && `history.${kind}.${reason}`
  const keys = [
    because && client && `${because}.client`,
    because,
    client && `history.${kind}.client`,
    `history.${kind}`,
  ]
  return keys.find(key => key && translator.has(key)) || 'history.other'
}
