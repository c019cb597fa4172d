import type { Account } from '../../accounts/account.ts'
import { Conflict, Forbidden, InvalidInput, TooManyAttempts, WrongCredentials } from '../../base/refusals.ts'
import { PASSWORD_MINIMUM } from '../../credentials/password-rules.ts'
import type { Context } from '../context.ts'
import { KnownDevices } from '../known-devices.ts'
import type { PasswordError } from '../page-data.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'
import type { Again, SecurityPage } from './section.ts'

/** The password: changing it, doing without it, having one again. */
export class PasswordSection {
  readonly #parts: AccountParts
  readonly #knownDevices: KnownDevices

  constructor(parts: AccountParts) {
    this.#parts = parts
    this.#knownDevices = new KnownDevices(parts.app.config)
  }

  async view(account: Account) {
    return {
      hasPassword: await this.#parts.app.passwords.has(account),
      passwordMinimum: PASSWORD_MINIMUM,
      passwordProblems: {},
    }
  }

  change(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const { form } = ctx.state
    const change = {
      current: form.get('current') ?? '',
      next: form.get('next') ?? '',
      endOthers: form.get('end-others') !== null,
      exceptSession: visit.uid,
      devices: this.#knownDevices.of(ctx),
    }
    return this.#renew(ctx, visit, again, account =>
      app.passwordChange.change(account, change, { by: frame.actor(ctx, visit) }),
    )
  }

  /** For an account that has none. */
  set(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const next = ctx.state.form.get('next') ?? ''
    return this.#renew(ctx, visit, again, account =>
      app.passwordless.end(account, next, { by: frame.actor(ctx, visit) }),
    )
  }

  /** Where the last passkey has gone meanwhile, or the password, the page says so by what it shows. */
  async remove(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    try {
      await app.passwordless.begin(await app.accounts.find(visit.person.id), { by: frame.actor(ctx, visit) })
      frame.back(ctx, 'security', 'password-removed')
    } catch (error) {
      if (!(error instanceof Forbidden)) throw error
      frame.back(ctx, 'security')
    }
  }

  async #renew(ctx: Context, visit: Visit, again: Again, renew: (account: Account) => Promise<void>): Promise<void> {
    const { app, frame } = this.#parts
    const account = await app.accounts.find(visit.person.id)
    try {
      await renew(account)
      // A new password makes every browser unknown, but for the one in which it was typed.
      this.#knownDevices.keep(ctx, await app.arrivals.acquaint(account, this.#knownDevices.of(ctx)))
      frame.back(ctx, 'security', 'password')
    } catch (error) {
      if (error instanceof Conflict) return frame.back(ctx, 'security')
      const passwordProblems = problemsOf(error)
      if (!passwordProblems) throw error
      ctx.status = (error as { status: number }).status
      await again({ passwordProblems })
    }
  }
}

function problemsOf(error: unknown): SecurityPage['passwordProblems'] | null {
  if (error instanceof WrongCredentials) return { current: 'wrong' }
  if (error instanceof TooManyAttempts) return { current: 'too-many-attempts' }
  if (error instanceof InvalidInput) return { next: error.fields.password as PasswordError }
  return null
}
