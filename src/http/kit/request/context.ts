import Router from '@koa/router'
import type { DefaultContext, Middleware, ParameterizedContext } from 'koa'
import type { Actor } from '../../../base/actor.ts'
import type { Locale } from '../../../i18n/locale.ts'
import type { RequestNotes } from '../../../requests/refused-request.ts'

/** What the middleware adds to a request before a handler answers it. */
export interface State {
  requestId: string
  visitor: Actor
  /** The language of pages: the requested one, else the one that the browser prefers. */
  locale: Locale
  /** The language that an application requested (`ui_locales`). */
  requestedLocale: Locale | null
  /** The fields of a form that passed the checks of middleware/forms.ts. */
  form: URLSearchParams
  /** The name of the requested account action (account/action.ts), which may have its own messages. */
  action?: string
  /** For `gatehouse why`, should the request be refused (middleware/refused-requests.ts). */
  notes: RequestNotes
  /** If an administrator acts as the person in this browser, what every page shows about it. */
  impersonation: ImpersonationBanner | null
}

/** The banner at the top of every page. */
export interface ImpersonationBanner {
  /** The name or address of the person, and of the administrator who acts as them. */
  person: string
  administrator: string
  until: Date
  reason: string
  /** Target of the form that ends it. */
  action: string
  csrf: string
}

export type Context = ParameterizedContext<State, DefaultContext>
export type Handler = Middleware<State, DefaultContext>
export type Routes = Router<State, DefaultContext>

/** An empty router. Its paths are case-sensitive and begin with the prefix. */
export function createRoutes(prefix = ''): Routes {
  return new Router({ sensitive: true, prefix })
}
