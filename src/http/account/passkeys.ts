import type { Account } from '../../accounts/account.ts'
import { Forbidden, InvalidInput } from '../../base/refusals.ts'
import { MOST_PASSKEYS } from '../../credentials/passkeys.ts'
import { keyKind, PASSED } from '../../login/assurance.ts'
import { makeSurer } from '../../oidc/surer-session.ts'
import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { PasskeyProblem } from './page-data.ts'
import type { AccountParts } from './parts.ts'
import type { RecoveryCodesSection } from './recovery-codes.ts'
import type { Again } from './section.ts'

/** The passkeys: adding one, their names, giving them up. */
export class PasskeysSection {
  readonly #parts: AccountParts
  readonly #recoveryCodes: RecoveryCodesSection

  constructor(parts: AccountParts, recoveryCodes: RecoveryCodesSection) {
    this.#parts = parts
    this.#recoveryCodes = recoveryCodes
  }

  async view(ctx: Context, visit: Visit, account: Account) {
    const { app, frame } = this.#parts
    const passkeys = await app.passkeys.of(account)
    const action = `${app.config.basePath}/account/add-passkey`
    const room = passkeys.length < MOST_PASSKEYS
    return {
      passkeys: passkeys.map(passkey => passkey.summary()),
      passkeysUsable: app.passkeys.usable,
      passkey:
        app.passkeys.usable && room
          ? { action, csrf: frame.token(ctx, visit, action), ...(await app.passkeys.registrationOptions(account)) }
          : null,
      passkeyProblem: null,
    }
  }

  /** Answers with recovery codes, where it is the first factor. */
  async add(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const { form } = ctx.state
    const answer = { ceremony: form.get('ceremony') ?? '', response: form.get('response') ?? '' }
    await this.#unless(ctx, again, null, async () => {
      const account = await app.accounts.find(visit.person.id)
      const by = frame.actor(ctx, visit)
      const { added, recoveryCodes } = await app.factorChanges.addPasskey(account, answer, { by })
      await makeSurer(this.#parts, ctx, PASSED.passkey(keyKind(added)))
      if (!recoveryCodes) return frame.back(ctx, 'security', 'passkey-added')
      await this.#recoveryCodes.shown(ctx, visit, recoveryCodes)
    })
  }

  async rename(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const { form } = ctx.state
    const id = form.get('id') ?? ''
    await this.#unless(ctx, again, id, async () => {
      const account = await app.accounts.find(visit.person.id)
      await app.passkeys.rename(account, id, form.get('name') ?? '', { by: frame.actor(ctx, visit) })
      frame.back(ctx, 'security', 'passkey-renamed')
    })
  }

  async remove(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const id = ctx.state.form.get('id') ?? ''
    await this.#unless(ctx, again, id, async () => {
      const account = await app.accounts.find(visit.person.id)
      await app.factorChanges.removePasskey(account, id, { by: frame.actor(ctx, visit) })
      frame.back(ctx, 'security', 'passkey-removed')
    })
  }

  /** @param id which passkey it is about; null: the one that is to be made */
  async #unless(ctx: Context, again: Again, id: string | null, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      const code = problemOf(error)
      if (!code) throw error
      ctx.status = (error as { status: number }).status
      await again({ passkeyProblem: { id, code } })
    }
  }
}

function problemOf(error: unknown): PasskeyProblem | null {
  if (error instanceof Forbidden && error.code === 'last_way_in') return 'last-way-in'
  if (!(error instanceof InvalidInput)) return null
  return (error.fields.passkey ?? error.fields.name) as PasskeyProblem
}
