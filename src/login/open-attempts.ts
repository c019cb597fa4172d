import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import type { Clock } from '../base/clock.ts'
import { NotFound } from '../base/refusals.ts'
import type { Sealing } from '../base/sealing.ts'
import { digest, sameText } from '../base/secrets.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { Artifacts } from '../storage/artifacts.ts'
import type { Passed } from './assurance.ts'
import type { Attempt, Skippable } from './attempt.ts'

/** Seconds in which a sign-in that has begun can be gone on with. */
export const ATTEMPT_TTL = 15 * 60

const KIND = 'SignInAttempt'
const CODES = 'recovery-codes-on-the-way'

/** Where a sign-in belongs: one interaction of one browser. */
export interface Place {
  interaction: string
  /** What tells the browser apart. */
  browser: string
}

/** What is bound to the place is kept under this name, or under a digest of it. */
export function nameOf({ interaction, browser }: Place): string {
  return `${interaction}.${browser}`
}

/** An attempt, and the account that it is about, as it is now. */
export interface Open {
  account: Account
  attempt: Attempt
}

/**
 * The sign-ins that are under way, one an interaction. Each is bound to the browser in which it began, and to the account
 * as it was: after a new password, a sign-out everywhere or a suspension it is nobody's.
 */
export class OpenAttempts {
  readonly #artifacts: Artifacts
  readonly #accounts: Accounts
  readonly #passwords: Passwords
  readonly #sealing: Sealing
  readonly #clock: Clock

  constructor({
    artifacts,
    accounts,
    passwords,
    sealing,
    clock,
  }: {
    artifacts: Artifacts
    accounts: Accounts
    passwords: Passwords
    sealing: Sealing
    clock: Clock
  }) {
    this.#artifacts = artifacts
    this.#accounts = accounts
    this.#passwords = passwords
    this.#sealing = sealing
    this.#clock = clock
  }

  /**
   * Somebody has said who they are. Nothing is kept yet: most sign-ins are finished at once.
   * @param carriedFrom when the session was begun that has shown it, epoch seconds; null where it was shown just now
   */
  async begin(account: Account, passed: readonly Passed[], carriedFrom: number | null = null): Promise<Open> {
    const passwordSince = await this.#passwordSince(account)
    const begun = this.#clock.now().getTime()
    const fresh = { skipped: [], trust: false, codes: null, carriedFrom, passwordSince, begun }
    return { account, attempt: { accountId: account.id, passed: [...passed], ...fresh } }
  }

  /** Null where there is none, or it is not to be believed any more. */
  async find({ interaction, browser }: Place): Promise<Open | null> {
    const kept = await this.#artifacts.get(KIND, interaction)
    if (!kept || !sameText(String(kept.browser), digest(browser))) return null
    const attempt = kept.attempt as Attempt
    const account = await this.#account(attempt.accountId)
    const since = attempt.carriedFrom === null ? attempt.begun : attempt.carriedFrom * 1000
    if (!account?.active || (account.signedOutAt?.getTime() ?? 0) > since) return null
    return (await this.#passwordSince(account)) === attempt.passwordSince ? { account, attempt } : null
  }

  pass(open: Open, passed: Passed, { trust = false } = {}): Open {
    return changed(open, { passed: [...open.attempt.passed, passed], trust: open.attempt.trust || trust })
  }

  skip(open: Open, page: Skippable): Open {
    return changed(open, { skipped: [...open.attempt.skipped, page] })
  }

  /** Codes are shown until they are put away. */
  withCodes(open: Open, codes: readonly string[] | null): Open {
    return changed(open, { codes: codes && this.#sealing.seal(JSON.stringify([open.account.id, ...codes]), CODES) })
  }

  codes({ account, attempt }: Open): string[] {
    if (!attempt.codes) return []
    const [owner, ...codes] = JSON.parse(this.#sealing.open(attempt.codes, CODES)) as string[]
    return owner === account.id ? codes : []
  }

  async keep({ interaction, browser }: Place, { attempt }: Open): Promise<void> {
    const age = Math.floor((this.#clock.now().getTime() - attempt.begun) / 1000)
    const payload = { browser: digest(browser), attempt }
    const ttl = Math.max(1, ATTEMPT_TTL - age)
    await this.#artifacts.commit([{ do: 'put', kind: KIND, id: interaction, payload, ttl }])
  }

  async #passwordSince(account: Account): Promise<number | null> {
    return (await this.#passwords.since(account.id))?.getTime() ?? null
  }

  async #account(id: string): Promise<Account | null> {
    try {
      return await this.#accounts.find(id)
    } catch (error) {
      if (error instanceof NotFound) return null
      throw error
    }
  }
}

function changed({ account, attempt }: Open, change: Partial<Attempt>): Open {
  return { account, attempt: { ...attempt, ...change } }
}
