import type { Proposal } from '../../credentials/totps.ts'
import type { UpstreamProblem } from '../federation/problems.ts'
import type { ClientView, PasskeyForm, ProfileErrors, ProvidersForm, ProviderView } from '../page-parts.ts'

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

/** `limited`: more emails were asked for than are sent at once. */
export interface MailError {
  code: 'limited' | 'form-expired'
  /** seconds */
  retryAfter?: number
}

export interface MailCodeError {
  code: 'wrong' | 'too-many-attempts' | 'busy' | 'form-expired'
  /** seconds */
  retryAfter?: number
}

/** What was wrong with a second factor, and which of them it was. */
export interface SecondFactorError {
  field: 'code' | 'recovery-code' | 'passkey'
  code: 'wrong' | 'too-many-attempts' | 'busy' | 'form-expired'
  /** seconds */
  retryAfter?: number
}

export interface EnrolError {
  code: 'wrong' | 'expired' | 'passkey-failed' | 'form-expired'
}

interface Action {
  /** where the form is sent */
  action: string
}

/** What each page of a sign-in is told by `turn.show`. */
export interface SignInPage {
  client: ClientView
  csrf: string
  /** the page at which the sign-in stands */
  startUrl: string
  abortAction: string
}

export type InteractionPages = { [Name in keyof SignInPages]: SignInPage & SignInPages[Name] } & {
  /** On the way to a provider: leads on by itself, or by its link. */
  'interaction/onward': { provider: ProviderView; url: string }
  /** The link of an email, in any other browser than the one that asked for it. */
  'interaction/mail-elsewhere': Record<never, never>
}

/** What the pages between an application's request and its answer are told beside that. */
export interface SignInPages {
  'interaction/sign-in': Action & {
    registerUrl: string | null
    /** nobody signs in before their address is verified: those who failed are reminded of it, all alike */
    verificationRequired: boolean
    /** where the same form asks for an email; null where that is no way in */
    mailAction: string | null
    values: { email: string }
    /** whether the username does as well as the address */
    usernames: boolean
    error: SignInError | null
    /** why a person who is signed in is asked again */
    reason: 'prompt' | 'max-age' | 'step-up' | null
    passkey: PasskeyForm | null
    providers: ProvidersForm | null
  }
  /** An account has the address that a provider tells: is it theirs? */
  'interaction/connect': Action & {
    provider: ProviderView
    email: string
    mailAction: string
    /** where it is taken over; null where somebody has proven its address */
    reclaimAction: string | null
    declineAction: string
    error: SignInError | null
    passkey: PasskeyForm | null
  }
  /** A provider tells no address that can be relied upon. */
  'interaction/introduce': Action & {
    provider: ProviderView
    declineAction: string
    values: { email: string; name: string }
    errors: ProfileErrors
    error: MailError | null
  }
  /** Asks where to send an email that signs in. */
  'interaction/mail': Action & {
    values: { email: string }
    /** whether a username does as well */
    usernames: boolean
    error: MailError | null
  }
  /** Asks for the code of that email; says the same whether or not there is an account. */
  'interaction/mail-code': Action & {
    /** as it was typed */
    email: string
    /** where another email is asked for */
    againAction: string
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
    error: MailCodeError | null
  }
  /** Its link, in the browser that asked for it, before the button is pressed. */
  'interaction/mail-link': Action & { email: string }
  'interaction/second-factor': Action & {
    /** whose second factor it is */
    email: string
    recoveryAction: string
    /** null where the way over the mail is closed */
    lostAction: string | null
    totp: boolean
    recoveryCodes: boolean
    passkey: PasskeyForm | null
    /** for how many days the browser can be trusted; null where it cannot */
    trustDays: number | null
    error: SecondFactorError | null
    /** they are signed in, and asked for what is missing */
    stepUp: boolean
  }
  'interaction/enrol': Action & {
    /** null where it must be done now */
    skipAction: string | null
    /** null where only a passkey will do */
    app: Proposal | null
    passkey: PasskeyForm | null
    why: 'offer' | 'offered' | 'required' | 'application' | 'free'
    /** the last day on which it can be left for later */
    until: Date | null
    error: EnrolError | null
  }
  'interaction/recovery-codes': Action & {
    codes: string[]
    /** of whom they are, for the file they are kept in */
    host: string
  }
  /** Somebody has said that all their second factors are lost. */
  'interaction/factors-lost': {
    email: string
    /** when they go, where that was confirmed before; null: an email asks whether it was them */
    due: Date | null
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
  }
  /** The application is for people with a proven address: an email is sent when they say so. */
  'interaction/prove-address': Action & { email: string }
  'interaction/register': Action & {
    values: { email: string; name: string }
    errors: ProfileErrors
    /** the form was not sent from its own page, or that was open for too long */
    expired: boolean
    passwordMinimum: number
    providers: ProvidersForm | null
  }
  /** Asks to look into the mail; says the same whether or not there is an account. */
  'interaction/check-mail': {
    /** as it was typed; null where it was typed on an earlier page */
    email: string | null
    /** whether the email can be sent again, and what came of it; null: not from here */
    resend: 'offered' | 'done' | 'limited' | null
    /** seconds; null: it can be sent at once */
    retryAfter: number | null
    resendAction: string
    /** goes on as soon as the email has been answered, in whatever browser */
    continueUrl: string
    /** emails are shown there, and go nowhere else */
    mailbox: boolean
  }
  'interaction/consent': Action & {
    account: { email: string; name: string }
    learns: { scope: string; claims: { name: string; value: string }[] }[]
    resources: { name: string; scopes: { name: string; description: string | null }[] }[]
    /** the application may go on while the person is away */
    offline: boolean
    /** seconds */
    duration: number
  }
}
