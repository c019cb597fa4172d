import type { Clock } from '../base/clock.ts'
import type { Rate, Rates } from '../base/config.ts'
import type { RedisClient } from '../storage/redis.ts'
import { InsuredBuckets, MemoryBuckets, RedisBuckets } from './bucket.ts'
import { Limit } from './limit.ts'

/**
 * The named limits, shared by all processes and by all ways in. Keys are addresses of people and of machines; never what
 * they typed as a secret.
 */
export class Limits {
  readonly signInByAccount: Limit
  /** A browser that the person has signed in with before has a count of its own: strangers cannot lock its owner out. */
  readonly signInByDevice: Limit
  readonly signInByAddress: Limit
  /**
   * Passkeys on the sign-in page, by machine. Nobody guesses a signature, and a browser may offer a passkey by itself:
   * these tries are counted apart, so that they use up none of those at passwords and codes.
   */
  readonly passkeyByAddress: Limit
  /** Codes of an account, of all kinds and in all flows, sessions and places together. */
  readonly secondFactorByAccount: Limit
  /** The same, where the password came from a browser that the person has signed in with before. */
  readonly secondFactorByDevice: Limit
  /** Passkeys beside a password: counted apart from codes, in the same two ways. */
  readonly secondPasskeyByAccount: Limit
  readonly secondPasskeyByDevice: Limit
  readonly registrationByAddress: Limit
  /** Ways to a provider that one machine begins, and nobody comes back from. */
  readonly upstreamByAddress: Limit
  /** Letters to one e-mail address that strangers can ask for. */
  readonly mailByAddress: Limit
  /** Letters that one machine can ask for. */
  readonly mailByIp: Limit
  /** Requests to the API about one account, from all its applications together. */
  readonly apiByAccount: Limit
  /** Requests to the API with tokens that do not do. */
  readonly apiByAddress: Limit

  /** Requests of one machine that leave a record: authorization requests, pushed requests, emails, registrations. */
  readonly recordsByAddress: Limit

  constructor({
    redis,
    prefix,
    rates,
    clock,
  }: {
    redis: RedisClient | null
    prefix: string
    rates: Rates
    clock: Clock
  }) {
    const buckets = redis ? new InsuredBuckets(new RedisBuckets(redis, `${prefix}limit:`)) : new MemoryBuckets()
    const limit = (name: string, rate: Rate) => new Limit(name, rate, { buckets, clock })
    this.signInByAccount = limit('sign-in-account', rates.signInByAccount)
    this.signInByDevice = limit('sign-in-device', rates.signInByAccount)
    this.signInByAddress = limit('sign-in-address', rates.signInByAddress)
    this.secondFactorByAccount = limit('second-factor-account', rates.secondFactor)
    this.secondFactorByDevice = limit('second-factor-device', rates.secondFactor)
    this.passkeyByAddress = limit('passkey-address', rates.signInByAddress)
    this.secondPasskeyByAccount = limit('second-passkey-account', rates.secondFactor)
    this.secondPasskeyByDevice = limit('second-passkey-device', rates.secondFactor)
    this.registrationByAddress = limit('registration-address', rates.signInByAddress)
    this.upstreamByAddress = limit('upstream-address', rates.signInByAddress)
    this.mailByAddress = limit('mail-address', rates.mailByAddress)
    this.mailByIp = limit('mail-ip', rates.mailByIp)
    this.apiByAccount = limit('api-account', rates.apiByAccount)
    this.apiByAddress = limit('api-address', rates.apiByAddress)
    this.recordsByAddress = limit('records-address', rates.recordsByAddress)
  }
}

export { network } from '../base/networks.ts'
