import type { Purpose } from '../links/purposes.ts'

/** The facts that the texts of an email can mention. */
interface FactTypes {
  /** As the person reads and types it. */
  code: string
  /** The path of its link, which depends on the sign-in that it belongs to. */
  page: string
  /** The new address of the account. */
  address: string
  /** When it will happen. The link of the email works until then. */
  until: Date
  /** The number of recovery codes left. */
  left: number
  /** The title of an upstream provider. */
  provider: string
  /** The name or address of an administrator. */
  administrator: string
  /** Why the administrator does it, in their words. */
  stated: string
  /** Until when it lasts. */
  lasts: Date
}

type Fact = keyof FactTypes

export interface Kind {
  /** What its button opens: a one-time link, or a page. */
  link?: Purpose
  page?: string
  /** Says when, in which browser and from which IP address it was caused, so it needs the actor. */
  by?: true
  facts?: readonly Fact[]
  /** Carries a "this wasn't me" link beside its own. */
  report?: true
  /** Goes to an address that is not verified yet. */
  unverified?: true
}

/**
 * Every kind of email. The texts of each are `mail.<kind>.…` in the locales: `subject` and `body`, and as needed `link`
 * (its button), `before-link`, `after` and `report`.
 */
export const KINDS = {
  'verify-email': { link: 'verify-email', unverified: true },
  welcome: { page: 'account' },
  'sign-in': { link: 'sign-in', by: true, facts: ['code', 'page'] },
  'reset-password': { link: 'reset-password' },
  'password-changed': { link: 'report-compromise', by: true },
  'change-email': { link: 'change-email', unverified: true },
  'email-changed': { link: 'undo-email-change', by: true, facts: ['address'] },
  'undo-email-change-code': { link: 'undo-email-change', by: true, facts: ['code'] },
  'email-taken': { page: 'account' },
  'new-device': { link: 'report-compromise', by: true },
  'factor-changed': { link: 'report-compromise', by: true },
  'factor-reset-proof': { link: 'reset-factors', by: true, report: true },
  'factor-reset-scheduled': { link: 'cancel-factor-reset', by: true, facts: ['until'], report: true },
  'deletion-scheduled': { link: 'cancel-deletion', facts: ['until'] },
  'deletion-cancelled': { link: 'report-compromise', by: true },
  impersonated: { page: 'account/sessions', by: true, facts: ['administrator', 'stated', 'lasts'] },
  test: {},
} as const satisfies Record<string, Kind>

/** What `factor-changed` can report, each with its own text (`mail.factor-changed.body.<change>`) and facts. */
export const CHANGES = {
  'totp-added': [],
  'totp-removed': [],
  'passkey-added': [],
  'passkey-removed': [],
  'passkey-cloned': [],
  'password-removed': [],
  'password-set': [],
  'password-forgotten': [],
  'recovery-codes-made': [],
  'recovery-code-spent': ['left'],
  'recovery-codes-low': ['left'],
  reset: [],
  'reset-by-operator': [],
  'identity-linked': ['provider'],
  'identity-unlinked': ['provider'],
  'account-taken-over': ['provider'],
} as const satisfies Record<string, readonly Fact[]>

export type EmailKind = keyof typeof KINDS

type Changed = {
  [C in keyof typeof CHANGES]: { change: C } & Pick<FactTypes, (typeof CHANGES)[C][number]>
}[keyof typeof CHANGES]
type Listed<K extends EmailKind> = (typeof KINDS)[K] extends { facts: readonly (infer F extends Fact)[] } ? F : never

/** The facts that an email of this kind needs. */
export type Facts<K extends EmailKind> = K extends 'factor-changed' ? Changed : Pick<FactTypes, Listed<K>>

/** The changes that need no facts. */
export type FactorChange = {
  [C in keyof typeof CHANGES]: (typeof CHANGES)[C] extends readonly [] ? C : never
}[keyof typeof CHANGES]
