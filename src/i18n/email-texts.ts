import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import { deviceOf } from '../base/text/user-agent.ts'
import type { Email } from '../email/email.ts'
import { deviceText } from './history-text.ts'
import { Translator, type Vars } from './translator.ts'
import { findViews } from './view-files.ts'

interface Written {
  subject: string
  html: string
  text: string
}

/** The facts that an email lists below its message, in this order. */
const FACTS = ['when', 'until', 'lasts', 'administrator', 'stated', 'address', 'device', 'ip'] as const

/** The facts that are times. */
const MOMENTS = ['when', 'until', 'lasts']

/** Strangers choose some of the facts; the reason of an administrator may be longer. */
const MAX_LENGTH = 200
const MAX_REASON = 500

/**
 * Writes the texts of emails: the messages `mail.…` of the locale, in `views/mail/email.eta` (HTML) and
 * `views/mail/email-text.eta`. A template is given `kind`, `to`, `subject`, `service`, `issuer`, `locale`, `greeting`,
 * `code` (or null), `link` and `report` (`{ url, label }` or null), `facts` (`{ label, value }[]`), `has(part)`, and
 * `say(part)`, the text of one part of this kind of email; in the HTML template it returns HTML.
 */
export class EmailTexts {
  readonly #issuer: string
  readonly #html = new Eta()
  readonly #text = new Eta({ autoEscape: false, autoTrim: false })
  readonly #service: string

  constructor({ issuer, viewsDir }: { issuer: string; viewsDir: string | null }) {
    this.#issuer = issuer
    for (const [view, file] of findViews(viewsDir)) {
      if (!/^(mail|parts)\/.*\.eta$/.test(view)) continue
      for (const eta of [this.#html, this.#text]) {
        eta.loadTemplate(`@${view.slice(0, -'.eta'.length)}`, readFileSync(file, 'utf8'))
      }
    }
    this.#service = this.#text.render('@parts/name', {}).trim()
  }

  write({ kind, to, locale, data }: Email): Written {
    const words = new Translator(locale)
    const device = deviceText(deviceOf(data.userAgent), locale)
    const facts = displayable({ ...data, ...(device && { device }) }, words)
    const vars = { ...facts, to, service: this.#service }
    const keys = (part: string) => [`mail.${kind}.${part}.${data.change}`, `mail.${kind}.${part}`]
    const key = (part: string) => keys(part).find(each => words.has(each)) ?? `mail.${part}`
    const link = (name: 'link' | 'report') => (data[name] ? { url: data[name], label: words.t(key(name)) } : null)
    const subject = words.t(key('subject'), { service: this.#service })
    const name = nameToGreet(data.name)
    const page = {
      kind,
      to,
      subject,
      service: this.#service,
      issuer: this.#issuer,
      locale,
      greeting: name ? words.t('mail.greeting.name', { name }) : words.t('mail.greeting'),
      code: facts.code ?? null,
      link: link('link'),
      report: link('report'),
      facts: FACTS.flatMap(fact => (facts[fact] ? [{ label: words.t(`mail.fact.${fact}`), value: facts[fact] }] : [])),
      has: (part: string) => keys(part).some(each => words.has(each)),
    }
    const say = (values: Vars) => (part: string) => words.t(key(part), values)
    return {
      subject,
      html: this.#html.render('@mail/email', { ...page, say: say(this.#isolated(vars)) }),
      text: `${this.#text.render('@mail/email-text', { ...page, say: say(vars) }).trim()}\n`,
    }
  }

  /** Wraps values in HTML that keeps them from changing the direction of the text around them. */
  #isolated(vars: Record<string, string>): Record<string, string> {
    const escaped = this.#html.config.escapeFunction
    return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, `<bdi>${escaped(value)}</bdi>`]))
  }
}

/** Makes each value one line of limited length without control characters, and formats times for people. */
function displayable(data: Email['data'], words: Translator): Record<string, string> {
  const facts = Object.entries(data).map(([name, value]) => {
    const moment = MOMENTS.includes(name) ? new Date(value) : null
    const shown = moment && !Number.isNaN(moment.getTime()) ? words.date(moment) : value
    return [name, shown.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, name === 'stated' ? MAX_REASON : MAX_LENGTH)]
  })
  return Object.fromEntries(facts)
}

/**
 * The name, if it looks like one. People choose it themselves, and an email that begins with
 * "Hello win-a-prize.example" would spread their message in our name.
 */
function nameToGreet(name: string | undefined): string | null {
  return name && /^\p{L}[\p{L}\p{M}'’ -]{0,59}$/u.test(name) ? name : null
}
