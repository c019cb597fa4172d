import type { Account } from '../../accounts/account.ts'
import { InvalidInput } from '../../base/refusals.ts'
import { PASSED } from '../../login/assurance.ts'
import { makeSurer } from '../../oidc/surer-session.ts'
import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { AccountPages } from './page-data.ts'
import type { AccountParts } from './parts.ts'
import type { RecoveryCodesSection } from './recovery-codes.ts'

type Problem = AccountPages['account/authenticator-app']['problem']

/** The authenticator app: added, moved to another phone, removed. */
export class AuthenticatorAppSection {
  readonly #parts: AccountParts
  readonly #recoveryCodes: RecoveryCodesSection

  constructor(parts: AccountParts, recoveryCodes: RecoveryCodesSection) {
    this.#parts = parts
    this.#recoveryCodes = recoveryCodes
  }

  view(account: Account): Promise<AccountPages['account/security']['authenticatorApp']> {
    return this.#parts.app.totps.of(account)
  }

  /** The picture to scan. @param shown the proposal that was shown before: the app may have scanned it already */
  async page(ctx: Context, visit: Visit, { shown, problem = null }: { shown?: string; problem?: Problem } = {}) {
    const { app, frame, show } = this.#parts
    const account = await app.accounts.find(visit.person.id)
    show(ctx, 'account/authenticator-app', {
      ...(await frame.around(ctx, visit, 'security')),
      proposal: app.totps.again(account, shown),
      replaces: await app.totps.has(account),
      problem,
    })
  }

  /** Answers with recovery codes, where it is the first factor. */
  async add(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    const account = await app.accounts.find(visit.person.id)
    const [proposal, code] = [ctx.state.form.get('proposal') ?? '', ctx.state.form.get('code') ?? '']
    try {
      const codes = await app.factorChanges.addTotp(account, { proposal, code }, { by: frame.actor(ctx, visit) })
      await makeSurer(this.#parts, ctx, PASSED.totp)
      if (codes) await this.#recoveryCodes.shown(ctx, visit, codes)
      else frame.back(ctx, 'security', 'app')
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      ctx.status = error.status
      await this.page(ctx, visit, { shown: proposal, problem: error.fields.code as Problem })
    }
  }

  async remove(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.factorChanges.removeTotp(await app.accounts.find(visit.person.id), { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'security', 'app-removed')
  }
}
