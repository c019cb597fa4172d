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

/** What every account page shows around its own data. */
export interface Layout {
  /** The entry of the menu that is marked as the current page. */
  section: string
  /** The menu, with the path of each page below `/account`. */
  menu: { name: string; path: string }[]
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

export interface AccountPage {
  /** Its view, `views/account/NAME.eta`, and its title, `account.NAME`. */
  name: string
  /** Below `/account`. */
  path: string
  /** Its place in the menu, in ascending order; without one, other pages link to it. */
  menu?: number
  /** The page whose menu entry is marked as the current page; by default its own. */
  partOf?: string
  /** Requires a recent sign-in, with a second factor if the person has one. */
  recent?: true
  /** What its view receives besides the layout. */
  data(request: AccountRequest): Promise<object> | object
}

/** A JSON file that the browser saves. */
export interface Download {
  /** Below `/account`. */
  path: string
  recent?: true
  fileName: string
  content(request: AccountRequest): Promise<object>
}

type ViewData = Layout & Record<string, unknown>

/** The data of each view: the layout, and that of its page. */
export interface AccountPages {
  [view: `account/${string}`]: ViewData
  /** `host`: of this server, for the name of the file. */
  'account/recovery-codes': ViewData & { codes: string[]; host: string }
}
