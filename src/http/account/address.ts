import { InvalidInput } from '../../base/refusals.ts'
import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'
import type { Again } from './section.ts'

/** The address: where letters go, and who has it can take the account back. */
export class AddressSection {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  view({ state }: Context) {
    return { addressProblem: null, newAddress: state.earlier ? (state.form.get('address') ?? '') : '' }
  }

  async change(ctx: Context, visit: Visit, again: Again): Promise<void> {
    const { app, frame } = this.#parts
    const newAddress = ctx.state.form.get('address') ?? ''
    try {
      await app.addressChange.request(await app.accounts.find(visit.person.id), newAddress, {
        by: frame.actor(ctx, visit),
        locale: ctx.state.locale,
        browser: frame.browser(ctx),
      })
      frame.back(ctx, 'security', 'address')
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      ctx.status = error.status
      await again({ addressProblem: 'invalid', newAddress })
    }
  }

  async sendVerification(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.verification.send(await app.accounts.find(visit.person.id), {
      by: frame.actor(ctx, visit),
      locale: ctx.state.locale,
      browser: frame.browser(ctx),
    })
    frame.back(ctx, 'profile', 'verification')
  }
}
