import type { DefaultContext, Middleware, ParameterizedContext } from 'koa'
import type { Actor } from '../base/actor.ts'
import type { Locale } from './locale.ts'

/** What the middleware finds out about a request before anything answers it. */
export interface State {
  requestId: string
  visitor: Actor
  locale: Locale
  /** The fields of a form that passed the checks of middleware/forms.ts. */
  form: URLSearchParams
}

export type Context = ParameterizedContext<State, DefaultContext>
export type Handler = Middleware<State, DefaultContext>
