import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import type { SignedIn } from '../../oidc/sessions/signed-in.ts'
import type { Context } from '../kit/request/context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { SubmittedForm } from './forms/submitted-form.ts'

/** What the account pages are made from. */
export interface AccountParts {
  app: App
  current: CurrentProvider
  forms: Forms
}

/** A request of a person who is signed in, to their own account pages. */
export interface AccountRequest extends SignedIn {
  app: App
  ctx: Context
  /** The form that the page shows again. */
  submitted: SubmittedForm | null
}
