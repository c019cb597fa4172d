import type { Clock } from '../base/clock.ts'
import type { Rate, Rates } from '../base/config.ts'
import type { RedisClient } from '../storage/redis/redis.ts'
import { Limit } from './limit.ts'
import { EvenMemoryLimiter, MemoryBuckets } from './memory-limiter.ts'
import { EvenRedisLimiter } from './redis-limiter.ts'

/**
 * The named limits and the setting that each follows; shared by all processes and by all ways in. Keys are addresses of
 * people and of machines; never what they typed as a secret.
 */
const LIMITS = {
  signInByAccount: 'signInLimitAccount',
  /** A browser that the person has signed in with before has a count of its own: strangers cannot lock its owner out. */
  signInByDevice: 'signInLimitAccount',
  signInByAddress: 'signInLimitIp',
  /**
   * Passkeys on the sign-in page, by machine. Nobody guesses a signature, and a browser may offer a passkey by itself:
   * these tries are counted apart, so that they use up none of those at passwords and codes.
   */
  passkeyByAddress: 'signInLimitIp',
  /** Codes of an account, of all kinds and in all flows, sessions and places together. */
  secondFactorByAccount: 'secondFactorLimit',
  /** The same, where the password came from a browser that the person has signed in with before. */
  secondFactorByDevice: 'secondFactorLimit',
  /** Passkeys beside a password: counted apart from codes, in the same two ways. */
  secondPasskeyByAccount: 'secondFactorLimit',
  secondPasskeyByDevice: 'secondFactorLimit',
  registrationByAddress: 'signInLimitIp',
  /** Authorization requests to an upstream provider that one machine begins and that no answer comes back for. */
  upstreamByAddress: 'signInLimitIp',
  /** Emails to one address that strangers can ask for. */
  mailByAddress: 'emailLimitAddress',
  /** Emails that one machine can ask for. */
  mailByIp: 'emailLimitIp',
  /** Requests to the API about one account, from all its applications together. */
  apiByAccount: 'apiLimitAccount',
  /** Requests to the API with an invalid access token. */
  apiByAddress: 'apiLimitIp',
  /** Requests of one machine that leave a record: authorization requests, pushed requests, emails, registrations. */
  recordsByAddress: 'requestLimitIp',
} as const satisfies Record<string, keyof Rates>

export type Limits = Readonly<Record<keyof typeof LIMITS, Limit>>

export function createLimits({ rates, ...counters }: Counters & { rates: Rates }): Limits {
  const limit = limitsOn(counters)
  const limits = Object.entries(LIMITS).map(([name, rate]) => [name, limit(name, rates[rate])])
  return Object.fromEntries(limits) as Limits
}

interface Counters {
  /** null: this process counts alone */
  redis: RedisClient | null
  prefix: string
  clock: Clock
  buckets?: MemoryBuckets
}

/** Makes limits that are counted in Redis, or in this process without one. */
export function limitsOn({ redis, prefix, clock, buckets = new MemoryBuckets() }: Counters) {
  return (name: string, rate: Rate): Limit => {
    const options = { ...rate, keyPrefix: `${prefix}limit:${name}` }
    const insurance = new EvenMemoryLimiter(options, { buckets, clock })
    return new Limit(redis ? new EvenRedisLimiter(options, { redis, insurance, clock }) : insurance)
  }
}
