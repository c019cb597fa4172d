import type { AccountPages } from './account/pages.ts'
import type { BusyPage } from './busy-page.ts'
import type { InteractionPages } from './interaction/page-data.ts'

/** What an application says about itself, as people see it. */
export interface ClientView {
  name: string
  uri: string | null
  logoUri: string | null
  policyUri: string | null
  tosUri: string | null
}

export interface ProfileErrors {
  email?: 'invalid' | 'taken'
  name?: 'too-long'
  password?: PasswordError
}
export type PasswordError = 'control' | 'too-short' | 'too-long' | 'common' | 'like-email'

/** What a browser needs for a ceremony with a passkey. */
export interface PasskeyForm extends Form {
  options: object
  ceremony: string
}

/** A provider through which people may sign in, as its button shows it. */
export interface ProviderView {
  name: string
  title: string
  /** which mark it has */
  kind: string
}

/** A button for each provider. */
export interface ProvidersForm extends Form {
  offered: ProviderView[]
}

export interface EmailHead {
  id: string
  subject: string
  to: string
  at: Date
}

export interface LinkError {
  code: 'wrong-password' | 'too-many-attempts' | 'busy' | 'address-gone' | 'other-browser'
  /** seconds */
  retryAfter?: number
}

export interface UndoAddressError {
  code:
    | `wrong-${'password' | 'totp' | 'passkey' | 'email-code'}`
    | 'too-many-attempts'
    | 'too-many-emails'
    | 'busy'
    | 'address-gone'
    | 'form-expired'
  /** seconds */
  retryAfter?: number
}

/** What the links of emails do that take a press of a button. */
type LinkPurpose =
  | 'verify'
  | 'change-address'
  | 'undo-address'
  | 'panic'
  | 'cancel-deletion'
  | 'reset-factors'
  | 'cancel-factor-reset'

export interface Form {
  /** where the form is posted */
  action: string
  csrf: string
}

/** What each page is told, by the page's name. */
export interface PageData extends AccountPages, InteractionPages {
  'interaction/busy': BusyPage
  home: { issuer: string; demoUrl: string | null; mailbox: boolean; setupPending: boolean }
  'mailbox/list': { emails: EmailHead[] }
  /** `url`: the piece is a link of ours */
  'mailbox/email': { email: EmailHead; text: { text: string; url: string | null }[] }
  'oidc/sign-out': { client: ClientView | null; action: string; xsrf: string; email: string | null }
  /** `email`: of whoever has chosen to stay */
  'oidc/signed-out': { client: ClientView | null; email: string | null; backUrl: string | null }
  /** `url`: of the provider through which they had come; the browser goes there by itself */
  'oidc/sign-out-onward': { provider: string; url: string }
  /** Leads on by itself, or by its link, where a form ends and the way goes on to an application. */
  onward: { client: ClientView; url: string }
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
  'lifecycle/setup': Form & {
    values: { email: string; name: string }
    errors: ProfileErrors
    passwordMinimum: number
  }
  /** `secondFactor`: the first sign-in asks for one to be added. */
  'lifecycle/setup-done': { email: string; secondFactor: boolean }
  'lifecycle/setup-closed': Record<never, never>
  'lifecycle/recover': Form & {
    email: string
    errors: { password?: PasswordError }
    passwordMinimum: number
  }
  'lifecycle/recover-done': Record<never, never>
  'lifecycle/link-invalid': Record<never, never>
  /** The link of an email, before its button is pressed. */
  'lifecycle/confirm': Form & {
    what: Exclude<LinkPurpose, 'undo-address'>
    /** the address that the link is about */
    address: string
    /** when what it is about will happen, where that is not at once */
    due: Date | null
    /** `password`: it was asked for in another browser; `browser`: and works in that alone */
    proof: 'none' | 'password' | 'browser'
    /** «that was not me» takes a registration away */
    disownable: boolean
    error: LinkError | null
  }
  /** Which proofs the account had before its address changed; `codeSent`: this browser has asked for one by email. */
  'lifecycle/undo-address': Form & {
    address: string
    password: boolean
    totp: boolean
    passkey: PasskeyForm | null
    codeSent: boolean
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
    error: UndoAddressError | null
  }
  'lifecycle/done': {
    what: LinkPurpose | 'disowned' | 'forgot'
    address: string | null
    due?: Date
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
  }
  'lifecycle/forgot': Form & {
    values: { email: string }
    /** whether a username does as well */
    usernames: boolean
    /** seconds; null where an email can be asked for */
    retryAfter: number | null
  }
}

export type PageName = keyof PageData
