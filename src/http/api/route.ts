import type { z } from 'zod'
import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../base/actor.ts'
import type { Person } from '../../oidc/people.ts'
import type { Locale } from '../locale.ts'

/** What a handler is given: who asks, and what they sent, checked. */
interface Call<Body, Query> {
  person: Person
  account(): Promise<Account>
  by: Actor
  /** The `uid` of the browser session in which the application was let in. */
  session: string | undefined
  /** Of letters and sentences: what the request asks for. */
  locale: Locale
  /** Of the path, decoded. */
  params: Record<string, string>
  body: Body
  query: Query
}

/** One thing that can be asked of the API: what it takes, what it answers, who may. The head of a route is its contract. */
export interface Route<
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Below `/api/v1`, parameters with a colon. */
  path: string
  /** Names it in the OpenAPI document. */
  name: string
  summary: string
  description?: string
  /** What the token has to be for beside `account`. */
  scope?: string
  /** Asks for a sign-in within the last ten minutes. */
  recent?: boolean
  /** The JSON that it takes; without one it takes none. */
  body?: Body
  query?: Query
  /** 204 where there is no `answer`. */
  status?: 200 | 201 | 202
  answer?: Answer
  /** What it may refuse beside what every route may. */
  refuses?: readonly (404 | 409 | 503)[]
  handle(call: Call<z.output<Body>, z.output<Query>>): Promise<z.input<Answer>>
}

/** For the types of one route in a table of many. */
export function route<Body extends z.ZodType, Query extends z.ZodType, Answer extends z.ZodType>(
  one: Route<Body, Query, Answer>,
): Route {
  return one as unknown as Route
}
