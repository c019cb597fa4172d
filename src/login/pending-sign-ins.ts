import type { Account } from '../accounts/account.ts'
import type { Actor } from '../base/actor.ts'
import { epoch } from '../base/clock.ts'
import type { Needs } from '../base/nouns.ts'
import { SignedOut } from '../base/refusals.ts'
import { digest, sameText } from '../base/secrets.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { AuthenticationMethod } from './assurance.ts'

/** Seconds for which a sign-in can be continued. */
const TTL = 15 * 60

/** Stored by interaction, with a digest of the browser. */
const PENDING = keptKind<{ browser: string; progress: SignInProgress }>('PendingSignIn', { ttl: TTL })
const CODES = 'recovery codes to save'

/** What a sign-in is bound to: one interaction in one browser. */
export interface InteractionBinding {
  interaction: string
  /** Identifies the browser. */
  browser: string
}

/** The key under which data of this interaction in this browser is stored, as it is or as a digest. */
export function bindingKey({ interaction, browser }: InteractionBinding): string {
  return `${interaction}.${browser}`
}

/** A pending sign-in and the current state of its account. It is not a session and gives no access. */
export interface PendingSignIn {
  account: Account
  progress: SignInProgress
}

/** What a sign-in has achieved so far; `nextStep` decides what is missing. */
interface SignInProgress {
  accountId: string
  passed: AuthenticationMethod[]
  skipped: Skippable[]
  /** Trust the browser once the sign-in is finished. */
  trust: boolean
  /** Recovery codes that were made during the sign-in and not saved yet, encrypted. */
  codes: string | null
  /** Start of the session whose level this sign-in raises, epoch seconds; null if the person identifies themselves again. */
  carriedFrom: number | null
  /** When the password was set, as of the start of the sign-in, epoch milliseconds. A later one invalidates it. */
  passwordSince: number | null
  /** Epoch milliseconds. */
  begun: number
}

/** A page that the person may skip. */
type Skippable = 'enrolment' | 'passkey'

/**
 * Sign-ins that are not complete, one per interaction. Each is bound to the browser in which it began and to the state
 * of its account: a new password, a sign-out everywhere or a suspension invalidates it.
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
    const passwordSince = (await this.#app.passwords.changedAt(account))?.getTime() ?? null
    const fresh = { skipped: [], trust: false, codes: null, carriedFrom, passwordSince, begun }
    return { account, progress: { accountId: account.id, passed: [...passed], ...fresh } }
  }

  /** Null if there is none, or it is no longer valid. */
  async find({ interaction, browser }: InteractionBinding): Promise<PendingSignIn | null> {
    const kept = await this.#app.kept.look(PENDING, interaction)
    if (!kept || !sameText(kept.browser, digest(browser))) return null
    const { progress } = kept
    const account = await this.#app.accounts.findById(progress.accountId)
    return account && (await isUnchanged(this.#app, account, progress)) ? { account, progress } : null
  }

  /**
   * Reads the account again at the end of a sign-in, because it may have changed since.
   * @throws SignedOut if the account is not active or was signed out everywhere
   */
  async requireValid({ account, progress }: PendingSignIn): Promise<void> {
    if (!(await this.#app.accounts.reload(account)) || endedSince(account, progress)) throw new SignedOut()
  }

  addMethod(signIn: PendingSignIn, method: AuthenticationMethod, { trust = false } = {}): PendingSignIn {
    const { progress } = signIn
    return changed(signIn, { passed: [...progress.passed, method], trust: progress.trust || trust })
  }

  skip(signIn: PendingSignIn, page: Skippable): PendingSignIn {
    return changed(signIn, { skipped: [...signIn.progress.skipped, page] })
  }

  /** Recovery codes are shown until the person has saved them. */
  withRecoveryCodes(signIn: PendingSignIn, codes: readonly string[] | null): PendingSignIn {
    const sealed = codes && this.#app.sealing.seal(JSON.stringify([signIn.account.id, ...codes]), CODES)
    return changed(signIn, { codes: sealed })
  }

  recoveryCodes({ account, progress }: PendingSignIn): string[] {
    if (!progress.codes) return []
    const [owner, ...codes] = JSON.parse(this.#app.sealing.open(progress.codes, CODES)) as string[]
    return owner === account.id ? codes : []
  }

  async keep({ interaction, browser }: InteractionBinding, { progress }: PendingSignIn): Promise<void> {
    const age = Math.floor((this.#app.clock.now().getTime() - progress.begun) / 1000)
    await this.#app.kept.put(PENDING, interaction, { browser: digest(browser), progress }, Math.max(1, TTL - age))
  }
}

/** The actor of changes that a person makes during a sign-in. */
export function actorOf({
  account,
  progress: { begun, carriedFrom },
}: PendingSignIn): Pick<Actor, 'kind' | 'id' | 'signedInAt'> {
  return { kind: 'account', id: account.id, signedInAt: carriedFrom ?? epoch(new Date(begun)) }
}

type Start = Pick<SignInProgress, 'begun' | 'passwordSince'> & { carriedFrom?: number | null }

/** Whether the account of a sign-in is active, was not signed out everywhere and has the same password as at its start. */
export async function isUnchanged({ passwords }: Needs<'passwords'>, account: Account, start: Start): Promise<boolean> {
  if (endedSince(account, start)) return false
  return ((await passwords.changedAt(account))?.getTime() ?? null) === start.passwordSince
}

/** Session times are in seconds, those of a sign-in in milliseconds. */
function endedSince(account: Account, { begun, carriedFrom = null }: Start): boolean {
  if (!account.active) return true
  return carriedFrom === null ? (account.signedOutAt?.getTime() ?? 0) > begun : account.signedOutAfter(carriedFrom)
}

function changed({ account, progress }: PendingSignIn, change: Partial<SignInProgress>): PendingSignIn {
  return { account, progress: { ...progress, ...change } }
}
