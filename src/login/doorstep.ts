import type { Account } from '../accounts/account.ts'
import type { Accounts } from '../accounts/accounts.ts'
import { NotFound } from '../base/refusals.ts'
import type { Passwords } from '../credentials/passwords.ts'
import type { Artifacts } from '../storage/artifacts.ts'

/** As long as an interaction lives, in seconds. */
const TTL = 60 * 60

/**
 * Whoever has given their password, or just chosen one, and has yet to prove their address waits here: as soon as it is
 * proven, in whatever browser, they go on where they began, without typing the password again. A password that has
 * changed meanwhile, or an account that is another one by now, lets nobody in.
 */
export class Doorstep {
  readonly #artifacts: Artifacts
  readonly #accounts: Accounts
  readonly #passwords: Passwords

  constructor({ artifacts, accounts, passwords }: { artifacts: Artifacts; accounts: Accounts; passwords: Passwords }) {
    this.#artifacts = artifacts
    this.#accounts = accounts
    this.#passwords = passwords
  }

  /** Of nobody's account the same is kept. */
  async wait(interaction: string, accountId: string): Promise<void> {
    const since = await this.#passwords.since(accountId)
    const payload = { accountId, passwordSince: since?.getTime() ?? null }
    await this.#artifacts.commit([{ do: 'put', kind: 'Waiting', id: interaction, payload, ttl: TTL }])
  }

  /** Who may go on with this interaction; null while nobody may. */
  async enter(interaction: string): Promise<Account | null> {
    const waiting = await this.#artifacts.get('Waiting', interaction)
    if (!waiting?.accountId || waiting.passwordSince == null) return null
    const account = await this.#account(waiting.accountId)
    if (!account?.active || !account.emailVerified) return null
    const since = await this.#passwords.since(account.id)
    return since?.getTime() === waiting.passwordSince ? account : null
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
