import { z } from 'zod'
import type en from '../../../locales/en.json'
import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import type { RefusalCode } from '../../base/refusal-status.ts'
import { Forbidden, InvalidInput } from '../../base/refusals.ts'
import type { Locale } from '../../i18n/locale.ts'
import type { AuthenticationMethod } from '../../login/assurance.ts'
import type { Person } from '../../oidc/people/people.ts'
import type { ProviderView } from '../kit/pages/page-parts.ts'
import type { Context } from '../kit/request/context.ts'

/** Who calls an action, and the validated input. */
export interface Call<Body, Query> {
  app: App
  person: Person
  account(): Promise<Account>
  by: Actor
  /** The `uid` of the session: of this browser, or of the one in which the application was authorized. */
  session: string | undefined
  /** The browser whose form was sent; null for a call of the API. */
  browser: OwnBrowser | null
  /** Of emails and sentences. */
  locale: Locale
  /** The decoded parameter of the path. */
  item: string
  body: Body
  query: Query
}

/** The browser in which the person is signed in. */
export interface OwnBrowser {
  /** An emailed link that was requested from this browser works in it without the password. */
  id: string
  browserTokens: readonly string[]
  /** Adds a factor to its session. */
  passed(factor: AuthenticationMethod): Promise<void>
  /** Remembers this browser again, since a new password makes the account forget all browsers. */
  keepKnown(account: Account): Promise<void>
}

/** The notice afterwards: a message `account.done.*`. */
type Notice = keyof { [Key in keyof typeof en as Key extends `account.done.${infer Word}` ? Word : never]: Key }

/** The page shown instead of a notice. */
export type Shown =
  | { page: 'account/recovery-codes'; codes: string[] }
  | { page: 'interaction/redirect-to-provider'; data: { provider: ProviderView; url: string } }

interface Form<Answer> {
  /** The page with the form. */
  page: string
  /** The page with the notice, if it is another one. */
  leadsTo?: string
  notice: Notice | null
  /** Fields that a refused form keeps: never passwords or codes. */
  keeps?: readonly string[]
  /** Turns the fields into the body, if they are not its members one by one. */
  reads?(fields: URLSearchParams): unknown
  /** The person confirms by typing the address of the account into the field `email`. */
  confirmed?: true
  shows?(answer: Answer): Shown | null
}

interface Common<Body, Query, Answer> {
  /** In views (`form: 'removePasskey'`), in the OpenAPI document and in message keys (`problem.removePasskey.…`). */
  name: string
  /** Below `/account` for forms and below `/api/v1/me` for the API. */
  path: string
  /** Requires a recent sign-in, with a second factor if the person has one. */
  recent?: true
  /** It sends an email or makes another record, so it is limited by network address. */
  leavesRecord?: true
  /** The names in the body of fields to which refusals give another name. */
  fields?: Readonly<Record<string, string>>
  /** The page's codes for refusals that name no field (kit/errors/error-responses.ts), ... */
  refusals?: { readonly [Code in RefusalCode]?: string }
  /** ... and the field that shows them. */
  about?: string
  does(call: Call<Body, Query>): Promise<Answer> | Answer
}

/** A form is posted with its method in the field `method`. */
type Kind<Body extends z.ZodType, Query extends z.ZodType, Answer> =
  | { method: 'get'; query?: Query; body?: never; form?: Form<Answer> }
  | { method: 'post' | 'put' | 'patch'; body: Body; query?: never; form: Form<Answer> | null }
  | { method: 'delete'; body?: never; query?: never; form: Form<Answer> | null }

/** Its operation of the API. */
interface Published<Answer> {
  summary: string
  description?: string
  /** Required besides `account`. */
  scope?: string
  /** By default 200, or 204 without an `answer`. */
  status?: 200 | 201 | 202
  answer?: z.ZodType<unknown, Answer>
  /** Besides the errors of every route. */
  refuses?: readonly (404 | 409 | 503)[]
}

type One<Body extends z.ZodType, Query extends z.ZodType, Answer> = Common<z.output<Body>, z.output<Query>, Answer> &
  Kind<Body, Query, Answer> & {
    /** null: it needs a browser. */
    api: Published<Answer> | null
  }

/**
 * What a person can do with their own account: the resource, the input, the work and the notice. The forms of the account
 * pages (forms/submit.ts), the JSON API (http/api) and its OpenAPI document are made from it.
 */
export type Action = One<z.ZodType, z.ZodType, unknown>

/** Checks the types of one row of the table. */
export function action<
  Answer,
  Body extends z.ZodType = z.ZodType<undefined>,
  Query extends z.ZodType = z.ZodType<undefined>,
>(one: One<Body, Query, Answer>): Action {
  return one as unknown as Action
}

/** Performs the action. A refusal names each field as the body does. */
export async function perform(action: Action, call: Call<unknown, unknown>): Promise<unknown> {
  try {
    return await action.does(call)
  } catch (error) {
    const { fields } = action
    if (!fields || !(error instanceof InvalidInput)) throw error
    const named = Object.entries(error.fields).map(([name, word]) => [fields[name] ?? name, word])
    throw new InvalidInput(Object.fromEntries(named), error.message)
  }
}

/** Whether it only reads what the account has, so that an administrator who acts as the person can do it. */
export function reads({ method, form, recent, api }: Action): boolean {
  return method === 'get' && !form && !recent && api?.scope === undefined
}

/** Why anything else is refused then. */
export function readOnly(): Forbidden {
  return new Forbidden('an administrator who acts as this person can only read', 'impersonated')
}

/** No body, or an empty object. */
export const nothing = z.strictObject({}).default({}).meta({ title: 'Nothing' })

export const text = (longest: number) => z.string().max(longest, 'too-long')

/** New recovery codes are shown once. */
export function recoveryCodes({ recovery_codes: codes }: { recovery_codes: string[] | null }): Shown | null {
  return codes && { page: 'account/recovery-codes', codes }
}

/** The parameter of the path; empty if it has none. */
export function itemOf(ctx: Context): string {
  const [item = ''] = Object.values(ctx.params as Record<string, string>)
  // PostgreSQL accepts no text with a null character.
  if (item.includes('\0')) ctx.throw(404)
  return item
}
