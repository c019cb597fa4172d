import type { Rate, Rates } from '../base/config.ts'
import type { Needs } from '../base/nouns.ts'
import { Limit } from './limit.ts'
import { EvenMemoryLimiter, MemoryBuckets } from './memory-limiter.ts'
import { EvenRedisLimiter } from './redis-limiter.ts'

/**
 * The named limits and the setting of each. All processes and interfaces share them. Keys are IDs of accounts and known
 * browsers, email addresses, and IP addresses or networks; never a secret that a person typed.
 */
const LIMITS = {
  signInByAccount: 'signInLimitAccount',
  /** A known browser of the account has a separate count, so that strangers can't lock the owner out. */
  signInByBrowser: 'signInLimitAccount',
  signInByIp: 'signInLimitIp',
  /**
   * Attempts with passkeys on the sign-in page, by IP address. No one can guess a signature, and a browser may offer a
   * passkey by itself, so these attempts don't use up those with passwords and codes.
   */
  passkeyByIp: 'signInLimitIp',
  /** Attempts with codes of all kinds for an account, in all flows and sessions together. */
  secondFactorByAccount: 'secondFactorLimit',
  /** The same, if the password came from a known browser. */
  secondFactorByBrowser: 'secondFactorLimit',
  /** Attempts with passkeys as a second factor; counted separately from codes, in the same two ways. */
  secondPasskeyByAccount: 'secondFactorLimit',
  secondPasskeyByBrowser: 'secondFactorLimit',
  registrationByIp: 'signInLimitIp',
  /** Authorization requests to an upstream provider that one IP address starts and that get no response. */
  upstreamByIp: 'signInLimitIp',
  /** Emails to one address that strangers can ask for. */
  emailByAddress: 'emailLimitAddress',
  /** Emails that one IP address can ask for. */
  emailByIp: 'emailLimitIp',
  /** Requests to the API for one account, from all its applications together. */
  apiByAccount: 'apiLimitAccount',
  /** Requests to the API with an invalid access token. */
  apiByIp: 'apiLimitIp',
  /** Requests to the API for administrators, of one person or machine. */
  adminApiByCaller: 'apiLimitAdmin',
  /** Registrations by programs, and requests to manage one with an invalid token. */
  clientRegistrationByIp: 'clientRegistrationLimitIp',
  /** Changes of a registration by its client. */
  clientUpdateByClient: 'clientRegistrationLimitIp',
  /** Client ID metadata documents that have to be read for one IP address. */
  clientDocumentByIp: 'clientRegistrationLimitIp',
  /** Requests of one IP address that leave a record: authorization requests, pushed requests, emails, registrations. */
  recordsByIp: 'requestLimitIp',
} as const satisfies Record<string, keyof Rates>

/** Limits of what Gatehouse itself stores, which need no setting. */
const FIXED = {
  /** Refused requests of one network that are kept for `gatehouse why`. */
  refusedRequestsByIp: { points: 200, duration: 60 * 60 },
  /** The same, of all networks together. */
  refusedRequests: { points: 5000, duration: 24 * 60 * 60 },
} as const satisfies Record<string, Rate>

export type Limits = Readonly<Record<keyof typeof LIMITS | keyof typeof FIXED, Limit>>

export function createLimits({ rates, ...counters }: Counters & { rates: Rates }): Limits {
  const limit = limitsOn(counters)
  const set = Object.entries(LIMITS).map(([name, setting]) => [name, rates[setting]] as const)
  const limits = [...set, ...Object.entries(FIXED)].map(([name, rate]) => [name, limit(name, rate)])
  return Object.fromEntries(limits) as Limits
}

type Counters = Needs<'redis' | 'clock'> & { prefix: string; buckets?: MemoryBuckets }

/** Creates limits that are counted in Redis, or by each process for itself if there is no Redis. */
export function limitsOn({ redis, prefix, clock, buckets = new MemoryBuckets() }: Counters) {
  return (name: string, rate: Rate): Limit => {
    const options = { ...rate, keyPrefix: `${prefix}limit:${name}` }
    const insurance = new EvenMemoryLimiter(options, { buckets, clock })
    return new Limit(rate, redis ? new EvenRedisLimiter(options, { redis, insurance, clock }) : insurance)
  }
}
