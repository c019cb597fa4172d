const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Events that invalidate links before they are used or expire. */
export type Ending =
  | 'email-changed'
  /** A person signed in by email to an account with an unverified address, and so verified it. */
  | 'signed-in-by-email'
  /** An operator marked the address as verified. */
  | 'email-marked-verified'
  /** The account was locked by a "this wasn't me" link, or its former address was restored. */
  | 'compromised'
  | 'password-changed'
  | 'password-removed'
  /** The account was signed out everywhere after the link was issued. */
  | 'signed-out'
  | 'deletion-cancelled'
  | 'factor-reset-over'
  /** A former address was restored: later changes of the address can no longer be undone. */
  | 'earlier-change-undone'
  | 'change-undone'

interface Rules {
  /** The first part of the path; null if it differs from link to link. */
  page: string | null
  /** Seconds; `until`: each link has a time of its own. */
  life: number | 'until'
  endedBy: readonly Ending[]
  /** Belongs to an address other than the account's. Other links end when the account no longer has their address. */
  elsewhere?: true
  /**
   * A newer one does not replace it, so no one can end it by causing another email. For other purposes, only the newest
   * works.
   */
  several?: true
  /** Belongs to no account. */
  unbound?: true
}

/** The purposes of links, and everything that decides how long a link works. */
export const PURPOSES = {
  setup: { page: 'setup', life: DAY, endedBy: [], unbound: true },
  'sign-in': {
    page: null,
    life: 15 * MINUTE,
    endedBy: ['email-changed', 'compromised', 'signed-out', 'password-changed'],
  },
  'reset-password': {
    page: 'reset-password',
    life: HOUR,
    endedBy: ['email-changed', 'compromised', 'signed-in-by-email', 'password-changed', 'password-removed'],
  },
  'verify-email': {
    page: 'verify-email',
    life: DAY,
    endedBy: ['email-changed', 'compromised', 'signed-in-by-email', 'email-marked-verified'],
  },
  'change-email': {
    page: 'change-email',
    life: DAY,
    endedBy: ['email-changed', 'compromised', 'signed-in-by-email', 'password-changed', 'password-removed'],
    elsewhere: true,
  },
  'undo-email-change': {
    page: 'undo-email-change',
    life: 7 * DAY,
    endedBy: ['earlier-change-undone'],
    elsewhere: true,
    several: true,
  },
  /** The code sent to the old address, in addition to the link `undo-email-change`. */
  'undo-email-change-code': {
    page: null,
    life: 15 * MINUTE,
    endedBy: ['change-undone'],
    elsewhere: true,
    several: true,
  },
  'report-compromise': {
    page: 'report-compromise',
    life: 7 * DAY,
    endedBy: ['email-changed', 'compromised'],
    several: true,
  },
  'cancel-deletion': {
    page: 'cancel-deletion',
    life: 'until',
    endedBy: ['email-changed', 'compromised', 'signed-in-by-email', 'deletion-cancelled'],
  },
  'reset-factors': {
    page: 'reset-factors',
    life: DAY,
    endedBy: ['email-changed', 'compromised', 'factor-reset-over', 'password-changed'],
  },
  'cancel-factor-reset': {
    page: 'cancel-factor-reset',
    life: 'until',
    endedBy: ['email-changed', 'compromised', 'factor-reset-over'],
  },
} as const satisfies Record<string, Rules>

export type Purpose = keyof typeof PURPOSES

const purposes = Object.keys(PURPOSES) as Purpose[]

export function rulesOf(purpose: Purpose): Rules {
  return PURPOSES[purpose]
}

/** The purposes whose links this event ends. */
export function endedBy(ending: Ending): Purpose[] {
  return purposes.filter(purpose => rulesOf(purpose).endedBy.includes(ending))
}

export const SEVERAL = purposes.filter(purpose => rulesOf(purpose).several)
