import type { UpstreamProblem } from '../federation/problems.ts'
import type { ClientView, ProviderView } from '../kit/pages/page-parts.ts'

/** What every page of a sign-in is told by `turn.show`. */
export interface SignInPage {
  client: ClientView
  csrf: string
  /** the page at which the sign-in stands */
  startUrl: string
  abortAction: string
}

/**
 * What each page is told, by its name. The file that shows a page adds what the page is told to this interface, as
 * folders add their nouns (base/nouns.ts).
 */
export interface InteractionPages {
  /** On the way to a provider: leads on by itself, or by its link. */
  'interaction/redirect-to-provider': { provider: ProviderView; url: string }
  /** The link of an email, in any other browser than the one that asked for it. */
  'interaction/email-link-other-browser': Record<never, never>
}

/** Why the sign-in page, or the one that stands in place of it, is shown again. */
export interface SignInError {
  code:
    | 'wrong-credentials'
    | 'passkey-wrong'
    | 'passkey-too-many-attempts'
    | 'too-many-attempts'
    | 'busy'
    | 'form-expired'
    | 'upstream-limited'
    | `upstream-${UpstreamProblem}`
  /** the title of the provider that it is about */
  provider?: string | null
  /** seconds */
  retryAfter?: number
}
