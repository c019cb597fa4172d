import { z } from 'zod'
import type en from '../../../locales/en.json'
import type { Account } from '../../accounts/account.ts'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { InvalidInput, type RefusalCode } from '../../base/refusals.ts'
import type { Locale } from '../../i18n/locale.ts'
import type { AuthenticationMethod } from '../../login/assurance.ts'
import type { Person } from '../../oidc/people/people.ts'
import type { ProviderView } from '../kit/pages/page-parts.ts'
import type { Context } from '../kit/request/context.ts'
import type { PageName } from './page.ts'

/** What an action is given: who asks, and what they sent, checked. */
export interface Call<Body, Query> {
  app: App
  person: Person
  account(): Promise<Account>
  by: Actor
  /** The `uid` of the session: of this browser, or of the one in which the application was authorized. */
  session: string | undefined
  /** The browser whose form was sent; null where a program asks. */
  browser: OwnBrowser | null
  /** Of emails and sentences: what the request asks for. */
  locale: Locale
  /** The parameter of the path, decoded: which of several it is about. */
  item: string
  body: Body
  query: Query
}

/** The browser in which the person is signed in. */
export interface OwnBrowser {
  /** The links of emails that it asks for work in it without a password. */
  id: string
  /** What it holds of earlier sign-ins. */
  browserTokens: readonly string[]
  /** Its session has shown one more factor. */
  passed(factor: AuthenticationMethod): Promise<void>
  /** A new password makes every browser unknown, but for the one in which it was typed. */
  keepKnown(account: Account): Promise<void>
}

/** What was done, in a word: each has its sentence, `account.done.*`. */
type Notice = keyof { [Key in keyof typeof en as Key extends `account.done.${infer Word}` ? Word : never]: Key }

/** What is shown in place of a notice. */
export type Shown =
  | { page: 'account/recovery-codes'; codes: string[] }
  | { page: 'interaction/redirect-to-provider'; data: { provider: ProviderView; url: string } }

interface Form<Answer> {
  /** The page that has the form, and that shows it again if something is wrong. */
  page: PageName
  /** The page that says what was done, if it is another one. */
  leadsTo?: PageName
  /** What that page says; null where the answer itself is shown. */
  notice: Notice | null
  /** Fields that are shown again as they were typed; what is not named here, such as a password, is typed once more. */
  keeps?: readonly string[]
  /** The body that the fields stand for, if they are not its members one by one. */
  reads?(fields: URLSearchParams): unknown
  /** Asks the person to type the address of their account, in the field `email`. */
  confirmed?: true
  shows?(answer: Answer): Shown | null
}

interface Common<Body, Query, Answer> {
  /** Names it in views (`form: 'removePasskey'`), in the OpenAPI document, and in the keys of its problems (`problem.removePasskey.…`). */
  name: string
  /** Of the resource, below `/account` for forms and below `/api/v1/me` for programs. */
  path: string
  /** Needs a sign-in within the last minutes, with the second factor of those who have one. */
  recent?: true
  /** Whether an email or another record is left by it, which is limited by IP address. */
  leavesRecord?: true
  /** How its body calls the fields that refusals name otherwise. */
  fields?: Readonly<Record<string, string>>
  /** The refusals that its page has words for (kit/answers.ts), beside those that name fields, ... */
  refusals?: { readonly [Code in RefusalCode]?: string }
  /** ... and the field that they are about. */
  about?: string
  does(call: Call<Body, Query>): Promise<Answer> | Answer
}

/** It changes something, or it reads. A form is posted, with the method in its field `method`; null: there is none. */
type Kind<Body extends z.ZodType, Query extends z.ZodType, Answer> =
  | { method: 'get'; query?: Query; body?: never; form?: Form<Answer> }
  | { method: 'post' | 'put' | 'patch'; body: Body; query?: never; form: Form<Answer> | null }
  | { method: 'delete'; body?: never; query?: never; form: Form<Answer> | null }

/** How programs see it. */
interface Published<Answer> {
  summary: string
  description?: string
  /** What the token has to be for beside `account`. */
  scope?: string
  /** 204 where there is no `answer`. */
  status?: 200 | 201 | 202
  answer?: z.ZodType<unknown, Answer>
  /** What it may refuse beside what every route may. */
  refuses?: readonly (404 | 409 | 503)[]
}

type One<Body extends z.ZodType, Query extends z.ZodType, Answer> = Common<z.output<Body>, z.output<Query>, Answer> &
  Kind<Body, Query, Answer> & {
    /** null: it takes a browser. */
    api: Published<Answer> | null
  }

/**
 * One thing that people do with their own account, said once: its resource, who may, what it takes, what it does and what
 * is said afterwards. The forms of the account pages (submit.ts) and the JSON API (http/api) are two readers of it.
 */
export type Action = One<z.ZodType, z.ZodType, unknown>

/** For the types of one action in a table of many. */
export function action<
  Answer,
  Body extends z.ZodType = z.ZodType<undefined>,
  Query extends z.ZodType = z.ZodType<undefined>,
>(one: One<Body, Query, Answer>): Action {
  return one as unknown as Action
}

/** Does it; what is wrong with a field is said of the field of its body. */
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

/** A body that says nothing: none at all, or an empty object. */
export const nothing = z.strictObject({}).default({}).meta({ title: 'Nothing' })

/** A text that is no longer than this. */
export const text = (longest: number) => z.string().max(longest, 'too-long')

/** Recovery codes, where there are new ones, are shown this once. */
export function recoveryCodes({ recovery_codes: codes }: { recovery_codes: string[] | null }): Shown | null {
  return codes && { page: 'account/recovery-codes', codes }
}

/** Which of several the path names; empty where there is one. */
export function itemOf(ctx: Context): string {
  const [item = ''] = Object.values(ctx.params as Record<string, string>)
  // No id holds one, and PostgreSQL takes no text that does.
  if (item.includes('\0')) ctx.throw(404)
  return item
}
