import type { Proposal } from '../../credentials/totps.ts'
import type { FieldProblem } from '../field-problems.ts'
import type { Told } from '../history-words.ts'
import type { PasskeyForm, PasswordError, ProviderView } from '../page-data.ts'

/** What every account page shows around its own part. */
export interface AccountFrame {
  /** Which page of the menu this is. */
  here: 'overview' | 'profile' | 'security' | 'sessions' | 'history' | 'applications' | 'data'
  person: { email: string; emailVerified: boolean; name: string | null }
  csrf: string
  /** What has just been done, in a word that `account.done.*` translates. */
  done: string | null
  /** When the account will be erased; null where nobody asked for that. */
  deletionAt: Date | null
}

interface SessionView {
  key: string
  device: string
  ip: string | null
  signedInAt: Date
  lastSeenAt: Date | null
  applications: string[]
  current: boolean
}

interface TrustedBrowserView {
  id: string
  device: string
  since: Date
  until: Date
  current: boolean
}

export interface HistoryView extends Told {
  at: Date
  success: boolean
}

interface PasskeyView {
  id: string
  name: string
  /** it follows its owner from device to device */
  synced: boolean
  createdAt: Date
  lastUsedAt: Date | null
}

export type PasskeyProblem = 'expired' | 'refused' | 'taken' | 'too-many' | 'empty' | 'too-long' | 'last-way-in'

interface ConnectionView extends ProviderView {
  id: string
  email: string | null
  createdAt: Date
  lastUsedAt: Date | null
  /** people can sign in through its provider at present */
  open: boolean
}

export type ConnectionProblem =
  | 'cancelled'
  | 'unavailable'
  | 'broken'
  | 'closed'
  | 'domain'
  | 'taken'
  | 'gone'
  | 'last-way-in'

export interface AccountPages {
  'account/overview': AccountFrame & { sessions: number; applications: number; lastEvents: HistoryView[] }
  'account/profile': AccountFrame & {
    fields: { name: string; value: string; problem: FieldProblem | null; autocomplete: string }[]
  }
  'account/security': AccountFrame & {
    hasPassword: boolean
    passwordMinimum: number
    passwordProblems: { current?: 'wrong' | 'too-many-attempts'; next?: PasswordError }
    passkeys: PasskeyView[]
    /** whether browsers make passkeys for this address at all */
    passkeysUsable: boolean
    /** for adding one; null where none can be added */
    passkey: PasskeyForm | null
    /** `id`: which of them it is about; null: the one that was to be added */
    passkeyProblem: { id: string | null; code: PasskeyProblem } | null
    connections: ConnectionView[]
    /** what can be connected */
    connectable: ProviderView[]
    /** `id`: which of them it is about; null: the one that was to be made. `provider`: its title */
    connectionProblem: { id: string | null; code: ConnectionProblem; provider: string | null } | null
    /** something else lets the person in */
    passwordRemovable: boolean
    addressProblem: 'invalid' | null
    newAddress: string
    authenticatorApp: { addedAt: Date; lastUsedAt: Date | null } | null
    /** null where there is no second factor */
    recoveryCodes: { left: number; few: boolean } | null
    trustedBrowsers: TrustedBrowserView[]
    /** when all second factors will go because they are lost; null where nobody says so */
    factorResetAt: Date | null
  }
  'account/authenticator-app': AccountFrame & {
    proposal: Proposal
    /** there is one already, which stops working */
    replaces: boolean
    problem: 'wrong' | 'expired' | null
  }
  /** Shown once. */
  'account/recovery-codes': AccountFrame & {
    codes: string[]
    /** of whom they are, for the file they are kept in */
    host: string
  }
  'account/sessions': AccountFrame & { sessions: SessionView[] }
  'account/history': AccountFrame & {
    events: HistoryView[]
    filter: string
    filters: readonly string[]
    olderUrl: string | null
  }
  'account/applications': AccountFrame & {
    applications: {
      id: string
      name: string
      uri: string | null
      logoUri: string | null
      scopes: string[]
      resources: { name: string; scopes: string[] }[]
      since: Date
      /** nobody is asked about it: there is nothing to withdraw */
      firstParty: boolean
    }[]
  }
  'account/export': AccountFrame & { held: Record<string, unknown> }
  'account/data': AccountFrame & { graceDays: number; addressProblem: boolean }
}
