import type { z } from 'zod'
import type { Account } from '../../../accounts/account.ts'
import type { App } from '../../../app.ts'
import type { Actor } from '../../../base/actor.ts'
import type { Permission } from '../../../clients/permissions.ts'
import type { CurrentProvider } from '../../../oidc/provider/current-provider.ts'
import type { Rights } from '../../../roles/rights.ts'

type Parameters<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Record<Name, string> & Parameters<Rest>
  : Path extends `${string}:${infer Name}`
    ? Record<Name, string>
    : Record<never, string>

/** One request, with what the head of its route has already checked. */
export interface Call<Path extends string = string, Body = unknown, Query = unknown> {
  app: App
  current: CurrentProvider
  by: Actor
  rights: Rights
  /** The decoded parameters of the path. */
  params: Parameters<Path>
  /** The account that the path names; changes of one that has more rights than the caller are refused before. */
  account: Path extends `${string}/:account${string}` ? Account : null
  query: Query
  body: Body
  /** Throws PreconditionFailed if `If-Match` names another version than this, the answer to a GET. */
  expect(representation: object): void
}

interface Head<Path extends string, Body, Query, Answer> {
  /** In words, for the reference. */
  summary: string
  description?: string
  path: Path
  /** Required of the access token, and of the roles or the registration behind it. */
  permission: Permission
  /** Also a GET is refused for an account that has more rights than the caller. */
  guarded?: true
  /** Besides the errors of every route. */
  refuses?: readonly (403 | 404 | 409 | 502)[]
  /** What the body calls fields of which a refusal has another name; others are the same in snake_case. */
  fields?: Readonly<Record<string, string>>
  /** The member of an answer to POST with which its own path ends, for `Location`; `id` by default. */
  named?: string
  /** By default 200, 201 for POST, or 204 without an `answer`. */
  status?: 200 | 201 | 202
  does(call: Call<Path, Body, Query>): Promise<Answer> | Answer
}

/** What the row's method can have. A GET of one thing has an ETag, which its PATCH, PUT and DELETE accept in If-Match. */
type Kind<Body extends z.ZodType, Query extends z.ZodType, Answer extends z.ZodType> =
  | { method: 'get'; query?: Query; body?: never; answer: Answer; versioned?: true }
  | { method: 'post'; query?: never; body?: Body; answer?: Answer; versioned?: never }
  | { method: 'put' | 'patch'; query?: never; body?: Body; answer?: Answer; versioned?: true }
  | { method: 'delete'; query?: never; body?: never; answer?: never; versioned?: true }

export type Route<
  Path extends string = string,
  Body extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Answer extends z.ZodType = z.ZodType,
> = Head<Path, z.output<Body>, z.output<Query>, z.input<Answer>> & Kind<Body, Query, Answer>

/** Checks the types of one row of the table. */
export function route<
  const Path extends string,
  Answer extends z.ZodType = z.ZodType<void, void>,
  Body extends z.ZodType = z.ZodType<undefined>,
  Query extends z.ZodType = z.ZodType<undefined>,
>(row: Route<Path, Body, Query, Answer>): Route<Path, Body, Query, Answer> {
  return row
}
