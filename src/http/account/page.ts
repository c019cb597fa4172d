import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import type { SignedIn } from '../../oidc/sessions/signed-in.ts'
import type { Context } from '../kit/request/context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { SubmittedForm } from './forms/submitted-form.ts'

export interface AccountParts {
  app: App
  current: CurrentProvider
  forms: Forms
}

/** A request to the account pages, of a person who is signed in. */
export interface AccountRequest extends SignedIn {
  app: App
  ctx: Context
  /** The refused form, if the page shows one again. */
  submitted: SubmittedForm | null
}

export type PageName = Section | 'authenticator-app' | 'export'
type Section = 'overview' | 'profile' | 'security' | 'sessions' | 'history' | 'applications' | 'data'

/** What every account page shows around its own data. */
export interface Layout {
  section: Section
  /** The menu, with the path of each page below `/account`. */
  menu: { name: Section; path: string }[]
  person: { email: string; emailVerified: boolean; name: string | null }
  /** The target of each action's form, for parts/account-form.eta. */
  forms: Record<string, { method: string; path: string }>
  csrf: string
  submitted: SubmittedForm | null
  /** The notice: a message `account.done.*`. */
  done: string | null
  /** When the account will be erased; null if no deletion is scheduled. */
  deletionAt: Date | null
}

interface AccountPage<Data extends object> {
  /** Below `/account`. */
  path: string
  /** Requires a recent sign-in, with a second factor if the person has one. */
  recent?: true
  section: Section
  data(request: AccountRequest): Promise<Data> | Data
}

/** Infers the type of a page's data. */
export function page<Data extends object>(one: AccountPage<Data>): AccountPage<Data> {
  return one
}
