import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { AuthenticationMethod } from './assurance.ts'
import { isUnchanged } from './pending-sign-ins.ts'

export interface UnverifiedSignIn {
  accountId: string
  /** The address as it was typed, to which the email was sent. */
  email: string
  /** How the person identified themselves. */
  method: AuthenticationMethod
  /**
   * When the password that they used was set. If omitted, it is read from the password that this unit of work has
   * loaded. A caller that has loaded no password passes it, because a query would take longer if there is no account.
   */
  passwordSince?: Date | null
}

/** Stored by interaction, for as long as an interaction lasts. Times are in epoch milliseconds. */
const UNVERIFIED = keptKind<Omit<UnverifiedSignIn, 'passwordSince'> & { passwordSince: number | null; begun: number }>(
  'UnverifiedSignIn',
  { ttl: 60 * 60 },
)

/**
 * Remembers a person who has identified themselves, or just registered, but still has to verify their address. Once it
 * is verified, in any browser, they continue where they began without identifying themselves again. A changed password,
 * a sign-out everywhere or a suspension prevents it.
 */
export class AwaitingVerification {
  readonly #app

  constructor(app: Needs<'accounts' | 'clock' | 'kept' | 'passwords'>) {
    this.#app = app
  }

  /** Stores the same if there is no account. */
  async keep(interaction: string, { passwordSince, ...signIn }: UnverifiedSignIn): Promise<void> {
    const since = passwordSince === undefined ? await this.#app.passwords.changedAt(signIn.accountId) : passwordSince
    const times = { passwordSince: since?.getTime() ?? null, begun: this.#app.clock.now().getTime() }
    await this.#app.kept.put(UNVERIFIED, interaction, { ...signIn, ...times })
  }

  /** The account, and its address to be verified, for which this interaction waits; null if it does not. */
  find(interaction: string): Promise<Pick<UnverifiedSignIn, 'accountId' | 'email'> | null> {
    return this.#app.kept.look(UNVERIFIED, interaction)
  }

  /** The person who may continue this interaction; null until the address is verified. */
  async resume(interaction: string): Promise<{ account: Account; method: AuthenticationMethod } | null> {
    const signIn = await this.#app.kept.look(UNVERIFIED, interaction)
    if (!signIn) return null
    const account = await this.#app.accounts.findById(signIn.accountId)
    // Nothing else is read for an unverified account: the response would take longer than without an account.
    if (!account?.emailVerified || !(await isUnchanged(this.#app, account, signIn))) return null
    return { account, method: signIn.method }
  }
}
