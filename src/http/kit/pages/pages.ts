import { readFileSync } from 'node:fs'
import { Eta } from 'eta'
import { ConfigError } from '../../../base/config.ts'
import { isWebUrl } from '../../../clients/uris.ts'
import { type Locale, locales } from '../../../i18n/locale.ts'
import { Translator, type Vars } from '../../../i18n/translator.ts'
import { findViews } from '../../../i18n/view-files.ts'
import type { State } from '../request/context.ts'
import { Assets } from './assets.ts'
import type { PageData, PageName } from './page-data.ts'

/** The address if it is safe as a link: https, or http on this machine. Any other could run a script or leak data. */
export function safeLink(address: string | null): string | null {
  return address !== null && isWebUrl(address) ? address : null
}

type Around = Pick<State, 'locale'> & Partial<Pick<State, 'impersonation'>>

/**
 * Renders the pages from `views/`, each with its data of `PageData`. It knows neither requests nor sessions.
 *
 * A template receives its data and:
 * `t(key, vars)` a message, `rich(key, vars)` the same as HTML with each value escaped and isolated from the text direction
 * around it, `has(key)`, `date(moment)`, `span(seconds)`, `ahead(seconds)`, `link(address)` the address or null,
 * `asset(name)`, `base` and `locale`.
 */
export class Pages {
  readonly assets: Assets
  #eta = new Eta()
  #helpers: Map<Locale, object>

  /** Reads and compiles every view, so that a broken override fails at startup. */
  constructor({ basePath, viewsDir }: { basePath: string; viewsDir: string | null }) {
    this.assets = new Assets({ basePath, viewsDir })
    this.#helpers = new Map(locales.map(locale => [locale, this.#helpersFor(locale, basePath)]))

    for (const [view, file] of findViews(viewsDir)) {
      if (!view.endsWith('.eta')) continue
      try {
        this.#eta.loadTemplate(`@${view.slice(0, -'.eta'.length)}`, readFileSync(file, 'utf8'))
      } catch (cause) {
        const problem = `${file} is not a template: ${cause instanceof Error ? cause.message : cause}`
        throw new ConfigError([{ name: 'VIEWS_DIR', problem }])
      }
    }
  }

  /** A whole HTML document. @param state the language, and the banner of an impersonation if one takes place */
  render<Name extends PageName>(name: Name, data: PageData[Name], { locale, impersonation = null }: Around): string {
    return this.#eta.render(`@${name}`, { ...data, impersonation, ...this.#helpers.get(locale) })
  }

  #helpersFor(locale: Locale, base: string): object {
    const words = new Translator(locale)
    const escaped = this.#eta.config.escapeFunction
    const isolated = ([name, value]: [string, string | number]) => {
      // An email address is always left to right; otherwise its parts could appear swapped.
      const direction = name === 'email' ? 'ltr' : 'auto'
      return [name, `<bdi dir="${direction}">${escaped(value)}</bdi>`]
    }
    return {
      t: (key: string, vars?: Vars) => words.t(key, vars),
      date: (moment: Date) => words.date(moment),
      rich: (key: string, vars: Vars) => words.t(key, Object.fromEntries(Object.entries(vars).map(isolated))),
      has: (key: string) => words.has(key),
      span: (seconds: number) => words.span(seconds),
      ahead: (seconds: number) => words.ahead(seconds),
      link: safeLink,
      asset: (name: string) => this.assets.address(name),
      base,
      locale,
    }
  }
}
