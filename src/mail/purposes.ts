const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** What makes links worthless before they expire, besides being used. */
export type Ending =
  | 'address-changed'
  /** By a person who proved by email that they own an address that anybody could have registered. */
  | 'ownership-proven'
  /** By an operator. */
  | 'address-vouched'
  /** Somebody else was in: everything that gets into the account ends. */
  | 'compromised'
  | 'password-removed'
  /** Everywhere, after the link was made. */
  | 'signed-out'
  | 'deletion-cancelled'
  | 'factor-reset-over'
  /** The account went back to an address from before: later changes cannot be undone any more. */
  | 'earlier-change-undone'
  | 'change-undone'

interface Rules {
  /** The first part of its address; null where whoever makes the link knows it. */
  page: string | null
  /** Seconds; `until` where it works until a moment that each link says for itself. */
  life: number | 'until'
  endedBy: readonly Ending[]
  /** Belongs to another address than the account has. All others die when it is the account's no more. */
  elsewhere?: true
  /** Each stands by itself: nobody can take one away by causing another email. Of all others the newest counts. */
  several?: true
  /** Belongs to no account. */
  unbound?: true
}

/** What a link can be for, with everything that decides how long it works. */
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
  /** The code beside that link. */
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

/** The links that this ends. */
export function endedBy(ending: Ending): Purpose[] {
  return purposes.filter(purpose => rulesOf(purpose).endedBy.includes(ending))
}

export const SEVERAL = purposes.filter(purpose => rulesOf(purpose).several)
