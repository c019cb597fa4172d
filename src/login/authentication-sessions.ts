import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { epoch } from '../base/clock.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import { digest, sameText } from '../base/secrets.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { Passed } from './assurance.ts'
import type { Progress, Skippable } from './progress.ts'

/** Seconds in which a sign-in that has begun can be gone on with. */
const ATTEMPT_TTL = 15 * 60

/** By its interaction; of the browser a digest. */
const ATTEMPT = keptKind<{ browser: string; attempt: Progress }>('SignInAttempt', { ttl: ATTEMPT_TTL })
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
export interface AuthenticationSession {
  account: Account
  attempt: Progress
}

/**
 * The sign-ins that are under way, one an interaction. Each is bound to the browser in which it began, and to the account
 * as it was: after a new password, a sign-out everywhere or a suspension it is nobody's.
 */
export class AuthenticationSessions {
  readonly #app

  constructor(app: Needs<'accounts' | 'clock' | 'kept' | 'passwords' | 'sealing'>) {
    this.#app = app
  }

  /**
   * Somebody has said who they are. Nothing is kept yet: most sign-ins are finished at once.
   * @param since `carriedFrom`: when the session was begun that has shown it, epoch seconds; null where it was shown just
   *   now. `begun`: epoch milliseconds at which showing it began, where that is known
   */
  async begin(
    account: Account,
    passed: readonly Passed[],
    {
      carriedFrom = null,
      begun = this.#app.clock.now().getTime(),
    }: { carriedFrom?: number | null; begun?: number } = {},
  ): Promise<AuthenticationSession> {
    const passwordSince = await this.#passwordSince(account)
    const fresh = { skipped: [], trust: false, codes: null, carriedFrom, passwordSince, begun }
    return { account, attempt: { accountId: account.id, passed: [...passed], ...fresh } }
  }

  /** Null where there is none, or it is not to be believed any more. */
  async find({ interaction, browser }: Place): Promise<AuthenticationSession | null> {
    const kept = await this.#app.kept.look(ATTEMPT, interaction)
    if (!kept || !sameText(kept.browser, digest(browser))) return null
    const { attempt } = kept
    const account = await this.#account(attempt.accountId)
    if (!account || !stands({ account, attempt })) return null
    return (await this.#passwordSince(account)) === attempt.passwordSince ? { account, attempt } : null
  }

  /** At the end, by what the account is then: much may have been done since it was looked at. @throws SignedOut */
  async demand({ account, attempt }: AuthenticationSession): Promise<void> {
    if (!(await this.#app.accounts.renew(account)) || !stands({ account, attempt })) throw new SignedOut()
  }

  pass(open: AuthenticationSession, passed: Passed, { trust = false } = {}): AuthenticationSession {
    return changed(open, { passed: [...open.attempt.passed, passed], trust: open.attempt.trust || trust })
  }

  skip(open: AuthenticationSession, page: Skippable): AuthenticationSession {
    return changed(open, { skipped: [...open.attempt.skipped, page] })
  }

  /** Codes are shown until they are put away. */
  withCodes(open: AuthenticationSession, codes: readonly string[] | null): AuthenticationSession {
    return changed(open, { codes: codes && this.#app.sealing.seal(JSON.stringify([open.account.id, ...codes]), CODES) })
  }

  codes({ account, attempt }: AuthenticationSession): string[] {
    if (!attempt.codes) return []
    const [owner, ...codes] = JSON.parse(this.#app.sealing.open(attempt.codes, CODES)) as string[]
    return owner === account.id ? codes : []
  }

  async keep({ interaction, browser }: Place, { attempt }: AuthenticationSession): Promise<void> {
    const age = Math.floor((this.#app.clock.now().getTime() - attempt.begun) / 1000)
    const ttl = Math.max(1, ATTEMPT_TTL - age)
    await this.#app.kept.put(ATTEMPT, interaction, { browser: digest(browser), attempt }, ttl)
  }

  async #passwordSince(account: Account): Promise<number | null> {
    return (await this.#app.passwords.since(account.id))?.getTime() ?? null
  }

  async #account(id: string): Promise<Account | null> {
    try {
      return await this.#app.accounts.find(id)
    } catch (error) {
      if (error instanceof NotFound) return null
      throw error
    }
  }
}

/** The person, as the one who does it by a sign-in that is under way. */
export function actorOf({
  account,
  attempt: { begun, carriedFrom },
}: AuthenticationSession): Pick<Actor, 'kind' | 'id' | 'signedInAt'> {
  return { kind: 'account', id: account.id, signedInAt: carriedFrom ?? epoch(new Date(begun)) }
}

/** Sessions count in seconds, and attempts more closely. */
function stands({ account, attempt: { begun, carriedFrom } }: AuthenticationSession): boolean {
  if (!account.active) return false
  return carriedFrom === null ? (account.signedOutAt?.getTime() ?? 0) <= begun : !account.signedOutAfter(carriedFrom)
}

function changed({ account, attempt }: AuthenticationSession, change: Partial<Progress>): AuthenticationSession {
  return { account, attempt: { ...attempt, ...change } }
}
