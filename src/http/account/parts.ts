import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/current-provider.ts'
import type { Forms } from '../middleware/forms.ts'
import type { Show } from '../show.ts'
import type { Frame } from './frame.ts'

/** What the account pages are made from. */
export interface AccountParts {
  app: App
  current: CurrentProvider
  frame: Frame
  forms: Forms
  show: Show
}
