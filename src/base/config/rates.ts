import type { Values } from './settings.ts'

export interface Rate {
  /** How often at once. */
  points: number
  /** Seconds in which an empty bucket fills again, evenly. */
  duration: number
}

/** So many at once, coming back evenly. */
export interface Rates {
  signInByAccount: Rate
  signInByAddress: Rate
  /** Codes that one account may get wrong. */
  secondFactor: Rate
  mailByAddress: Rate
  mailByIp: Rate
  apiByAccount: Rate
  /** Requests with tokens that do not do. */
  apiByAddress: Rate
  /** Requests that leave a record. */
  recordsByAddress: Rate
}

export function ratesFrom(values: Values): Rates {
  return {
    signInByAccount: values.SIGN_IN_LIMIT_ACCOUNT,
    signInByAddress: values.SIGN_IN_LIMIT_IP,
    secondFactor: values.SECOND_FACTOR_LIMIT,
    mailByAddress: values.EMAIL_LIMIT_ADDRESS,
    mailByIp: values.EMAIL_LIMIT_IP,
    apiByAccount: values.API_LIMIT_ACCOUNT,
    apiByAddress: values.API_LIMIT_IP,
    recordsByAddress: values.REQUEST_LIMIT_IP,
  }
}
