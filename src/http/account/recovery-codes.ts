import type { Account } from '../../accounts/account.ts'
import { FEW } from '../../credentials/recovery-codes.ts'
import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { AccountPages } from './page-data.ts'
import type { AccountParts } from './parts.ts'

/** Recovery codes: how many are left, and new ones. */
export class RecoveryCodesSection {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  /** Null where there is no factor that they could stand in for. */
  async view(account: Account): Promise<AccountPages['account/security']['recoveryCodes']> {
    const { any, recoveryCodes: left } = await this.#parts.app.factors.of(account)
    return any ? { left, few: left <= FEW } : null
  }

  async make(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    const account = await app.accounts.find(visit.person.id)
    const codes = await app.factorChanges.makeRecoveryCodes(account, { by: frame.actor(ctx, visit) })
    await this.shown(ctx, visit, codes)
  }

  /** This once. */
  async shown(ctx: Context, visit: Visit, codes: string[]): Promise<void> {
    const { app, frame, show } = this.#parts
    const host = new URL(app.config.issuer).hostname
    show(ctx, 'account/recovery-codes', { ...(await frame.around(ctx, visit, 'security')), codes, host })
  }
}
