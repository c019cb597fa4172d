import type { AccountPages } from '../../account/sections.ts'
import type { InteractionPages } from '../../sign-in/page-data.ts'
import type { BusyPage } from './busy-page.ts'
import type {
  ClientView,
  EmailHead,
  Form,
  LinkError,
  PasskeyForm,
  PasswordError,
  ProfileErrors,
  UndoEmailChangeError,
} from './page-parts.ts'

/** What the links of emails do at the press of a button. */
type LinkPurpose =
  | 'verify-email'
  | 'change-email'
  | 'undo-email-change'
  | 'report-compromise'
  | 'cancel-deletion'
  | 'reset-factors'
  | 'cancel-factor-reset'

/** What each page is told, by the page's name. */
export interface PageData extends AccountPages, InteractionPages {
  'interaction/busy': BusyPage
  home: { issuer: string; demoUrl: string | null; mailbox: boolean; setupPending: boolean }
  'mailbox/list': { emails: EmailHead[] }
  /** `url`: the piece is a link of ours */
  'mailbox/email': { email: EmailHead; text: { text: string; url: string | null }[] }
  'oidc/sign-out': { client: ClientView | null; action: string; xsrf: string; email: string | null }
  /** `email`: of the person who has chosen to stay signed in */
  'oidc/signed-out': { client: ClientView | null; email: string | null; backUrl: string | null }
  /** `url`: of the provider through which they had come; the browser goes there by itself */
  'oidc/upstream-sign-out': { provider: string; url: string }
  /** Leads on by itself, or by its link, where a form ends and the way goes on to an application. */
  'redirect-to-client': { client: ClientView; url: string }
  error: {
    status: number
    code: string
    requestId: string
    /** seconds */
    retryAfter?: number
    back: { url: string; name: string } | null
    developer: {
      message: string
      sent: { name: string; value: string }[]
      registered: string[]
      fix: string | null
    } | null
  }
  'links/setup': Form & {
    values: { email: string; name: string }
    errors: ProfileErrors
    passwordMinimum: number
  }
  /** `secondFactor`: the first sign-in asks for one to be added. */
  'links/setup-done': { email: string; secondFactor: boolean }
  'links/setup-closed': Record<never, never>
  'links/reset-password': Form & {
    email: string
    errors: { password?: PasswordError }
    passwordMinimum: number
  }
  'links/reset-password-done': Record<never, never>
  'links/link-invalid': Record<never, never>
  /** The link of an email, before its button is pressed. */
  'links/confirm': Form & {
    what: Exclude<LinkPurpose, 'undo-email-change'>
    /** the address that the link is about */
    address: string
    /** when what it is about will happen, where that is not at once */
    due: Date | null
    /** `password`: it was asked for in another browser; `browser`: and works in that alone */
    proof: 'none' | 'password' | 'browser'
    /** «that was not me» takes a registration away */
    cancellable: boolean
    error: LinkError | null
  }
  /** Which proofs the account had before its address changed; `codeSent`: this browser has asked for one by email. */
  'links/undo-email-change': Form & {
    address: string
    password: boolean
    totp: boolean
    passkey: PasskeyForm | null
    codeSent: boolean
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
    error: UndoEmailChangeError | null
  }
  'links/done': {
    what: LinkPurpose | 'registration-cancelled' | 'forgot-password'
    address: string | null
    due?: Date
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
  }
  'links/forgot-password': Form & {
    values: { email: string }
    /** whether a username does as well */
    usernames: boolean
    /** seconds; null where an email can be asked for */
    retryAfter: number | null
  }
}

export type PageName = keyof PageData
