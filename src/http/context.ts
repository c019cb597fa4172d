import type { DefaultContext, Middleware, ParameterizedContext } from 'koa'
import type { Actor } from '../base/actor.ts'
import type { Locale } from './locale.ts'

/** What the middleware finds out about a request before anything answers it. */
export interface State {
  requestId: string
  visitor: Actor
  /** The language of pages: what was asked for, else what the browser prefers. */
  locale: Locale
  /** The language that an application asked for; null: none did. */
  askedLocale: Locale | null
  /** The fields of a form that passed the checks of middleware/forms.ts. */
  form: URLSearchParams
  /** Whether the form was filled in before the person signed in again: it is shown once more, and does nothing. */
  earlier?: boolean
}

export type Context = ParameterizedContext<State, DefaultContext>
export type Handler = Middleware<State, DefaultContext>
