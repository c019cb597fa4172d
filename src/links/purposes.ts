const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Events that invalidate links before they are used or expire. */
export type Ending =
  | 'address-changed'
  /** A person signed in by email to an account with an unverified address, and so verified it. */
  | 'ownership-proven'
  /** An operator marked the address as verified. */
  | 'address-vouched'
  /** The account was locked by a "this wasn't me" link, or its former address was restored. */
  | 'compromised'
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
  /** Belongs to another address than the account's. Other links end when the account no longer has their address. */
  elsewhere?: true
  /** A newer one does not replace it, so no one can end it by causing another email. Of all others the newest works. */
  several?: true
  /** Belongs to no account. */
  unbound?: true
}

/** The purposes of links, and everything that decides how long a link works. */
export const PURPOSES = {
  setup: { page: 'setup', life: DAY, endedBy: [], unbound: true },
  'sign-in': { page: null, life: 15 * MINUTE, endedBy: ['address-changed', 'compromised', 'signed-out'] },
  recovery: {
    page: 'recover',
    life: HOUR,
    endedBy: ['address-changed', 'compromised', 'ownership-proven', 'password-removed'],
  },
  'verify-address': {
    page: 'verify',
    life: DAY,
    endedBy: ['address-changed', 'compromised', 'ownership-proven', 'address-vouched'],
  },
  'change-address': {
    page: 'change-address',
    life: DAY,
    endedBy: ['address-changed', 'compromised', 'ownership-proven', 'password-removed'],
    elsewhere: true,
  },
  'undo-address': {
    page: 'undo-address',
    life: 7 * DAY,
    endedBy: ['earlier-change-undone'],
    elsewhere: true,
    several: true,
  },
  /** The code for the old address, beside the link of `undo-address`. */
  'undo-address-code': { page: null, life: 15 * MINUTE, endedBy: ['change-undone'], elsewhere: true, several: true },
  panic: { page: 'panic', life: 7 * DAY, endedBy: ['address-changed', 'compromised'], several: true },
  'cancel-deletion': {
    page: 'cancel-deletion',
    life: 'until',
    endedBy: ['address-changed', 'compromised', 'ownership-proven', 'deletion-cancelled'],
  },
  'reset-factors': {
    page: 'reset-factors',
    life: DAY,
    endedBy: ['address-changed', 'compromised', 'factor-reset-over'],
  },
  'cancel-factor-reset': {
    page: 'cancel-factor-reset',
    life: 'until',
    endedBy: ['address-changed', 'compromised', 'factor-reset-over'],
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
