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
