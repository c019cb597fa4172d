import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { epoch } from '../base/clock.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound, SignedOut } from '../base/refusals.ts'
import { digest, sameText } from '../base/secrets.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { AuthenticationMethod } from './assurance.ts'
import type { SignInProgress, Skippable } from './progress.ts'

/** Seconds for which a sign-in can be continued. */
const ATTEMPT_TTL = 15 * 60

/** Stored by interaction, with a digest of the browser. */
const ATTEMPT = keptKind<{ browser: string; attempt: SignInProgress }>('SignInAttempt', { ttl: ATTEMPT_TTL })
const CODES = 'recovery-codes-on-the-way'

/** What a sign-in is bound to: one interaction in one browser. */
export interface InteractionBinding {
  interaction: string
  /** Identifies the browser. */
  browser: string
}

/** The key under which data bound to this place is stored, as it is or as a digest. */
export function bindingKey({ interaction, browser }: InteractionBinding): string {
  return `${interaction}.${browser}`
}

/** A sign-in in progress and the current state of its account. */
export interface PendingSignIn {
  account: Account
  progress: SignInProgress
}

/**
 * Sign-ins in progress, one per interaction. Each is bound to the browser in which it began and to the state of its
 * account: a new password, a sign-out everywhere or a suspension invalidates it.
 */
export class PendingSignIns {
  readonly #app

  constructor(app: Needs<'accounts' | 'clock' | 'kept' | 'passwords' | 'sealing'>) {
    this.#app = app
  }

  /**
   * Starts a sign-in for an identified person. Nothing is stored yet, because most sign-ins are finished at once.
   * @param options `carriedFrom`: start of the existing session that identified the person, epoch seconds; null if they
   *   identified themselves just now. `begun`: when they started to do so, epoch milliseconds; now by default
   */
  async begin(
    account: Account,
    passed: readonly AuthenticationMethod[],
    {
      carriedFrom = null,
      begun = this.#app.clock.now().getTime(),
    }: { carriedFrom?: number | null; begun?: number } = {},
  ): Promise<PendingSignIn> {
    const passwordSince = await this.#passwordSince(account)
    const fresh = { skipped: [], trust: false, codes: null, carriedFrom, passwordSince, begun }
    return { account, progress: { accountId: account.id, passed: [...passed], ...fresh } }
  }

  /** Null if there is none, or it is no longer valid. */
  async find({ interaction, browser }: InteractionBinding): Promise<PendingSignIn | null> {
    const kept = await this.#app.kept.look(ATTEMPT, interaction)
    if (!kept || !sameText(kept.browser, digest(browser))) return null
    const { attempt } = kept
    const account = await this.#account(attempt.accountId)
    if (!account || !stands({ account, progress: attempt })) return null
    return (await this.#passwordSince(account)) === attempt.passwordSince ? { account, progress: attempt } : null
  }

  /**
   * Reads the account again at the end of a sign-in, because it may have changed since.
   * @throws SignedOut if the account is not active or was signed out everywhere
   */
  async requireValid({ account, progress }: PendingSignIn): Promise<void> {
    if (!(await this.#app.accounts.reload(account)) || !stands({ account, progress })) throw new SignedOut()
  }

  addMethod(signIn: PendingSignIn, passed: AuthenticationMethod, { trust = false } = {}): PendingSignIn {
    return changed(signIn, { passed: [...signIn.progress.passed, passed], trust: signIn.progress.trust || trust })
  }

  skip(signIn: PendingSignIn, page: Skippable): PendingSignIn {
    return changed(signIn, { skipped: [...signIn.progress.skipped, page] })
  }

  /** Recovery codes are shown until the person has saved them. */
  withRecoveryCodes(signIn: PendingSignIn, codes: readonly string[] | null): PendingSignIn {
    return changed(signIn, {
      codes: codes && this.#app.sealing.seal(JSON.stringify([signIn.account.id, ...codes]), CODES),
    })
  }

  codes({ account, progress }: PendingSignIn): string[] {
    if (!progress.codes) return []
    const [owner, ...codes] = JSON.parse(this.#app.sealing.open(progress.codes, CODES)) as string[]
    return owner === account.id ? codes : []
  }

  async keep({ interaction, browser }: InteractionBinding, { progress }: PendingSignIn): Promise<void> {
    const age = Math.floor((this.#app.clock.now().getTime() - progress.begun) / 1000)
    const ttl = Math.max(1, ATTEMPT_TTL - age)
    await this.#app.kept.put(ATTEMPT, interaction, { browser: digest(browser), attempt: progress }, ttl)
  }

  async #passwordSince(account: Account): Promise<number | null> {
    return (await this.#app.passwords.changedAt(account.id))?.getTime() ?? null
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

/** The actor of changes that a person makes during a sign-in. */
export function actorOf({
  account,
  progress: { begun, carriedFrom },
}: PendingSignIn): Pick<Actor, 'kind' | 'id' | 'signedInAt'> {
  return { kind: 'account', id: account.id, signedInAt: carriedFrom ?? epoch(new Date(begun)) }
}

/** Session times are in seconds, those of a sign-in in milliseconds. */
function stands({ account, progress: { begun, carriedFrom } }: PendingSignIn): boolean {
  if (!account.active) return false
  return carriedFrom === null ? (account.signedOutAt?.getTime() ?? 0) <= begun : !account.signedOutAfter(carriedFrom)
}

function changed({ account, progress }: PendingSignIn, change: Partial<SignInProgress>): PendingSignIn {
  return { account, progress: { ...progress, ...change } }
}
