import type { Help } from '../../../oidc/diagnosis/developer-help.ts'
import type { ClientInfo, SignedOutPage, SignOutPage } from '../../../oidc/provider/screens.ts'
import type { AccountPages } from '../../account/page.ts'
import type { InteractionPages } from '../../sign-in/page-data.ts'
import type {
  EmailHead,
  Form,
  LinkError,
  PasskeyForm,
  PasswordError,
  ProfileErrors,
  UndoEmailChangeError,
} from './page-parts.ts'

/** What an emailed link does once its button is pressed. */
type LinkPurpose =
  | 'verify-email'
  | 'change-email'
  | 'undo-email-change'
  | 'report-compromise'
  | 'cancel-deletion'
  | 'reset-factors'
  | 'cancel-factor-reset'

/** The data of each page, by its name. That of a sign-in page is declared in the file that shows it. */
export interface PageData extends AccountPages, InteractionPages {
  /** Too many people are signing in: shows the form that was sent, ready to be sent again. */
  'interaction/busy': {
    action: string
    /** the fields that are sent again unchanged */
    fields: [name: string, value: string][]
    /** as typed; null if the form has no such field */
    email: string | null
    /** autocomplete of the password field; null if the form has none */
    password: 'current-password' | 'new-password' | null
    /** seconds */
    retryAfter: number
    requestId: string
  }
  'api-docs': Record<never, never>
  home: { issuer: string; demoUrl: string | null; mailbox: boolean; setupPending: boolean }
  'mailbox/list': { emails: EmailHead[] }
  /** `url`: set if the piece is a link to this server */
  'mailbox/email': { email: EmailHead; text: { text: string; url: string | null }[] }
  'oidc/sign-out': SignOutPage
  'oidc/signed-out': SignedOutPage & { backUrl: string | null }
  /** `url`: the logout endpoint of the upstream provider, to which the page redirects */
  'oidc/upstream-sign-out': { provider: string; url: string }
  /** Redirects to an application after a form, because the form's page may not redirect to another origin. */
  'redirect-to-client': { client: ClientInfo; url: string }
  error: {
    status: number
    code: string
    requestId: string
    /** seconds; null if waiting does not help */
    retryAfter?: number | null
    back: { url: string; name: string } | null
    developer: Help | null
  }
  'links/setup': Form & { values: { email: string; name: string }; errors: ProfileErrors; passwordMinimum: number }
  /** `secondFactor`: whether one must be set up at the first sign-in */
  'links/setup-done': { email: string; secondFactor: boolean }
  'links/setup-closed': Record<never, never>
  'links/reset-password': Form & { email: string; errors: { password?: PasswordError }; passwordMinimum: number }
  'links/reset-password-done': Record<never, never>
  'links/link-invalid': { requestId: string }
  /** The link of an email, before its button is pressed. */
  'links/confirm': Form & {
    what: Exclude<LinkPurpose, 'undo-email-change'>
    /** the address that the link is about */
    address: string
    /** when the change will happen; null if at once */
    due: Date | null
    /** `password`: another browser requested the link, so it needs the password; `browser`: it works only in that browser */
    proof: 'none' | 'password' | 'browser'
    /** whether the page offers to cancel the registration (“this wasn't me”) */
    cancellable: boolean
    error: LinkError | null
  }
  /** The proofs that the account had before its email changed; `codeSent`: this browser has requested a code by email. */
  'links/undo-email-change': Form & {
    address: string
    password: boolean
    totp: boolean
    passkey: PasskeyForm | null
    codeSent: boolean
    mailbox: boolean
    error: UndoEmailChangeError | null
  }
  'impersonation/start': Form & {
    person: { name: string | null; email: string }
    /** in the administrator's words */
    reason: string
    minutes: number
  }
  'impersonation/second-factor-needed': Record<never, never>
  /** The conditions no longer hold. */
  'impersonation/refused': Record<never, never>
  /** `email`: of the administrator, who is signed in again; null if no one is */
  'impersonation/ended': { email: string | null }
  'links/done': {
    what: LinkPurpose | 'registration-cancelled' | 'forgot-password'
    address: string | null
    due?: Date
    mailbox: boolean
  }
  'links/forgot-password': Form & {
    values: { email: string }
    /** whether a username is accepted too */
    usernames: boolean
    /** seconds; null if an email can be requested now */
    retryAfter: number | null
  }
}

export type PageName = keyof PageData
