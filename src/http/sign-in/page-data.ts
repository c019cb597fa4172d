import type { ClientInfo } from '../../oidc/provider/screens.ts'
import type { UpstreamProblem } from '../federation/problems.ts'
import type { PageError } from '../kit/errors/error-responses.ts'
import type { ProviderView } from '../kit/pages/page-parts.ts'

/** What `turn.show` adds to the data of every page. */
export interface SignInPage {
  client: ClientInfo
  csrf: string
  /** of the current step */
  startUrl: string
  /** of the sign-in page, also where another page comes first */
  signInUrl: string
  abortAction: string
}

/** The data of each page, by its name. The file that shows a page declares its data here. */
export interface InteractionPages {
  'interaction/redirect-to-provider': { provider: ProviderView; url: string }
  'interaction/email-link-other-browser': Record<never, never>
}

/** Why the sign-in page, or the page of a pending identity, is shown again. */
export interface SignInError
  extends PageError<
    | 'wrong-credentials'
    | 'passkey-wrong'
    | 'passkey-too-many-attempts'
    | 'too-many-attempts'
    | 'busy'
    | 'form-expired'
    | 'upstream-limited'
    | `upstream-${UpstreamProblem}`
  > {
  /** the title of the provider */
  provider?: string | null
}
