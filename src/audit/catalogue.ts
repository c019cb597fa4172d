import { ADMINISTRATION } from './administration.ts'

/**
 * Every kind of audit event, with its group (histories are filtered by it, and it decides who may see the event), its
 * target and its reasons. `AuditLog.record` takes only these kinds. Their texts are in the locales, as `history.KIND` and
 * `history.KIND.REASON`.
 */

/** The groups, and who may see their events: the owner of the account, or operators only. */
export const GROUPS = { 'sign-ins': 'owner', changes: 'owner', administration: 'operators' } as const

export type Group = keyof typeof GROUPS

type Target =
  | 'client'
  | 'provider'
  | 'role'
  | 'passkey'
  | 'resource'
  | 'key'
  | 'registration-token'
  | 'webhook'
  | 'impersonation'

/** A `?` at the end of a name means "or null". */
interface Entry {
  group: Group
  /** Every event that owners may see has an account as its subject. `account?`: only if the account exists. */
  subject?: 'account?'
  /** What else the event is about: the ID of a client, resource or key; the name of a provider, role or passkey. */
  target?: Target | `${Target}?`
  /** Whether something was refused or failed. */
  failure?: true
  /** A word for why or how; null if the event may have none. After a colon comes the name of a provider. */
  reason?: readonly (string | null)[]
}

const signIn = { group: 'sign-ins' } as const
const change = { group: 'changes' } as const

export const CATALOGUE = {
  'sign-in.succeeded': { ...signIn, target: 'client?', reason: [null, 'email', 'upstream:'] },
  'sign-in.refused': {
    ...signIn,
    subject: 'account?',
    target: 'client?',
    failure: true,
    reason: [
      'wrong-password',
      'wrong-email-code',
      'address-unverified',
      'suspended',
      'registration-closed',
      'domain',
      'address-taken',
      'provider-off',
      'role',
    ],
  },
  'sign-in.email-requested': { ...signIn, subject: 'account?', target: 'client?' },
  'sign-in.second-factor-requested': { ...signIn, target: 'client' },
  'sign-in.stepped-up': { ...signIn, target: 'client' },
  'second-factor.refused': {
    ...signIn,
    target: 'client?',
    failure: true,
    reason: ['wrong-code', 'wrong-recovery-code', 'wrong-passkey'],
  },
  'password.refused': { ...signIn, failure: true, reason: ['wrong-password', 'address-unverified', 'suspended'] },
  'factor.passkey-refused': {
    ...signIn,
    subject: 'account?',
    target: 'passkey?',
    failure: true,
    reason: ['unknown', 'wrong', 'suspended', 'changed'],
  },
  'factor.passkey-cloned': { ...signIn, target: 'passkey', failure: true },
  'factor.recovery-code-used': signIn,
  'session.signed-out': { ...signIn, subject: 'account?', target: 'client?' },
  'session.revoked': signIn,
  'session.ended-upstream': { ...signIn, target: 'provider' },
  'sessions.others-revoked': signIn,
  'sessions.revoked': signIn,
  'token.revoked': { ...signIn, subject: 'account?', target: 'client?' },
  'token.reused': { ...signIn, subject: 'account?', target: 'client?', failure: true },

  'account.registered': change,
  'account.suspended': change,
  'account.reinstated': change,
  'account.unlocked': change,
  'account.taken-over': { ...change, target: 'provider' },
  'account.compromise-reported': change,
  'account.erased': { ...change, reason: [null, 'unverified'] },
  'deletion.scheduled': change,
  'deletion.cancelled': change,
  'registration.requested': { ...change, subject: 'account?' },
  'email.verification-requested': { ...change, subject: 'account?' },
  'email.verified': change,
  'email.change-requested': change,
  'email.changed': change,
  'email.change-undone': { ...change, reason: ['password', 'totp', 'passkey', 'email-code'] },
  'email.undo-code-requested': change,
  'email.undo-refused': {
    ...change,
    failure: true,
    reason: ['wrong-password', 'wrong-totp', 'wrong-passkey', 'wrong-email-code'],
  },
  'password.set': change,
  'password.removed': change,
  'password-reset.requested': { ...change, subject: 'account?' },
  'password-reset.link-created': change,
  'profile.updated': change,
  'username.changed': change,
  'username.removed': change,
  'factor.passkey-added': { ...change, target: 'passkey' },
  'factor.passkey-renamed': { ...change, target: 'passkey' },
  'factor.passkey-removed': { ...change, target: 'passkey' },
  'factor.totp-added': change,
  'factor.totp-removed': change,
  'factor.recovery-codes-generated': change,
  'factors.reset-requested': change,
  'factors.reset-scheduled': change,
  'factors.reset-cancelled': change,
  'factors.reset': change,
  'factors.recent-removed': change,
  'trusted-browser.added': change,
  'trusted-browser.removed': { ...change, reason: [null, 'all'] },
  'role.assigned': { ...change, target: 'role' },
  'role.unassigned': { ...change, target: 'role', reason: [null, 'role-removed', 'ended'] },
  'identity.linked': { ...change, target: 'provider' },
  'identity.unlinked': { ...change, target: 'provider', reason: [null, 'provider-removed'] },
  'identities.unlinked': change,
  'consent.given': { ...change, target: 'client' },
  'consent.revoked': { ...change, target: 'client', reason: [null, 'client-removed', 'resource-removed'] },
  'grant.revoked': { ...change, target: 'client' },
  'access-token.created': change,
  'impersonation.opened': { ...change, target: 'impersonation' },
  'impersonation.started': { ...change, target: 'impersonation' },
  'impersonation.ended': { ...change, target: 'impersonation', reason: ['button', 'time', 'revoked', 'administrator'] },

  ...ADMINISTRATION,
} as const satisfies Record<string, Entry>

export type Kind = keyof typeof CATALOGUE

/** The entry of a kind; undefined for a kind that is no longer recorded. */
export function entryOf(kind: string): Entry | undefined {
  return Object.hasOwn(CATALOGUE, kind) ? CATALOGUE[kind as Kind] : undefined
}

/** The groups whose events the owner of an account may see. */
export const OWNER_GROUPS = (Object.keys(GROUPS) as Group[]).filter(group => GROUPS[group] === 'owner')

/** Expands kinds, and prefixes that end in a dot (`sign-in.`), to kinds. An unknown name matches nothing. */
export function kindsNamed(names: readonly string[]): Kind[] {
  const kinds = Object.keys(CATALOGUE) as Kind[]
  return kinds.filter(kind => names.some(name => (name.endsWith('.') ? kind.startsWith(name) : kind === name)))
}

export function kindsIn(group: Group): Kind[] {
  return (Object.keys(CATALOGUE) as Kind[]).filter(kind => CATALOGUE[kind].group === group)
}
