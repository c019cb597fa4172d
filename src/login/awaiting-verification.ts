import type { Account } from '../accounts/account.ts'
import type { Needs } from '../base/nouns.ts'
import { NotFound } from '../base/refusals.ts'
import { keptKind } from '../storage/artifacts/kept.ts'
import type { Passed } from './assurance.ts'

export interface Waiting {
  accountId: string
  /** As it was typed, and where the email went. */
  email: string
  /** By what they have shown who they are. */
  passed: Passed
  /**
   * When the password was set that they have shown; left out: that which this unit of work has checked. Where it is known,
   * nothing is asked of the database, which would take longer for nobody.
   */
  passwordSince?: Date | null
}

/** Moments in epoch milliseconds. */
type WaitingRecord = Omit<Waiting, 'passwordSince'> & { passwordSince: number | null; begun: number }

/** By its interaction, and as long as one lives. */
const WAITING = keptKind<WaitingRecord>('Waiting', { ttl: 60 * 60 })

/**
 * Whoever has shown who they are, or just made an account, and has yet to prove their address waits here: as soon as it
 * is proven, in whatever browser, they go on where they began, without showing it again. A password that has changed
 * meanwhile, a sign-out everywhere, or an account that is another one by now, lets nobody in.
 */
export class AwaitingVerification {
  readonly #app

  constructor(app: Needs<'accounts' | 'clock' | 'kept' | 'passwords'>) {
    this.#app = app
  }

  /** Of nobody's account the same is kept. */
  async wait(interaction: string, { passwordSince, ...waiting }: Waiting): Promise<void> {
    const since = passwordSince === undefined ? await this.#app.passwords.since(waiting.accountId) : passwordSince
    const moments = { passwordSince: since?.getTime() ?? null, begun: this.#app.clock.now().getTime() }
    await this.#app.kept.put(WAITING, interaction, { ...waiting, ...moments })
  }

  /** Which account waits there for which address to be verified; null where none does. */
  waiting(interaction: string): Promise<Pick<Waiting, 'accountId' | 'email'> | null> {
    return this.#app.kept.look(WAITING, interaction)
  }

  /** Who may go on with this interaction; null while nobody may. */
  async enter(interaction: string): Promise<{ account: Account; passed: Passed } | null> {
    const waiting = await this.#app.kept.look(WAITING, interaction)
    if (!waiting) return null
    const account = await this.#account(waiting.accountId)
    if (!account?.active || !account.emailVerified) return null
    if ((account.signedOutAt?.getTime() ?? 0) > waiting.begun) return null
    const same = (await this.#passwordSince(account.id)) === waiting.passwordSince
    return same ? { account, passed: waiting.passed } : null
  }

  async #passwordSince(accountId: string): Promise<number | null> {
    return (await this.#app.passwords.since(accountId))?.getTime() ?? null
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
