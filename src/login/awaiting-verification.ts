import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { AuthenticationMethod } from './assurance.ts'

export interface UnverifiedSignIn {
  accountId: string
  /** The address as it was typed, to which the email was sent. */
  email: string
  /** How the person identified themselves. */
  method: AuthenticationMethod
  /**
   * When the password that they used was set. If omitted, it is read from the password that this unit of work has
   * loaded. A caller that loaded none passes it, because a query would take longer where there is no account.
   */
  passwordSince?: Date | null
}

/** Times are in epoch milliseconds. */
type WaitingRecord = Omit<UnverifiedSignIn, 'passwordSince'> & { passwordSince: number | null; begun: number }

/** Stored by interaction, for as long as an interaction lasts. */
const WAITING = keptKind<WaitingRecord>('Waiting', { ttl: 60 * 60 })

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

  /** Stores the same where there is no account. */
  async keep(interaction: string, { passwordSince, ...find }: UnverifiedSignIn): Promise<void> {
    const since = passwordSince === undefined ? await this.#app.passwords.changedAt(find.accountId) : passwordSince
    const moments = { passwordSince: since?.getTime() ?? null, begun: this.#app.clock.now().getTime() }
    await this.#app.kept.put(WAITING, interaction, { ...find, ...moments })
  }

  /** The account, and its address to be verified, for which this interaction waits; null if it does not. */
  waiting(interaction: string): Promise<Pick<UnverifiedSignIn, 'accountId' | 'email'> | null> {
    return this.#app.kept.look(WAITING, interaction)
  }

  /** The person who may continue this interaction; null until the address is verified. */
  async resume(interaction: string): Promise<{ account: Account; method: AuthenticationMethod } | null> {
    const waiting = await this.#app.kept.look(WAITING, interaction)
    if (!waiting) return null
    const account = await this.#account(waiting.accountId)
    if (!account?.active || !account.emailVerified) return null
    if ((account.signedOutAt?.getTime() ?? 0) > waiting.begun) return null
    const same = (await this.#passwordSince(account.id)) === waiting.passwordSince
    return same ? { account, method: waiting.method } : null
  }

  async #passwordSince(accountId: string): Promise<number | null> {
    return (await this.#app.passwords.changedAt(accountId))?.getTime() ?? null
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
