import { parseEmail } from '../../accounts/email.ts'
import { Forbidden } from '../../base/refusals.ts'
import type { Context } from '../context.ts'
import type { Visit } from './door.ts'
import type { AccountParts } from './parts.ts'

const DAY = 24 * 60 * 60

/** Everything held about the person, to take away or to have erased. */
export class Data {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async page(ctx: Context, visit: Visit, addressProblem = false): Promise<void> {
    const { app, frame, show } = this.#parts
    const graceDays = Math.ceil(app.config.deletionGrace / DAY)
    show(ctx, 'account/data', { ...(await frame.around(ctx, visit, 'data')), graceDays, addressProblem })
  }

  async json(ctx: Context, visit: Visit): Promise<void> {
    ctx.attachment('gatehouse-account.json')
    ctx.type = 'application/json'
    ctx.body = JSON.stringify(await this.#export(visit), null, 2)
    ctx.set('Cache-Control', 'no-store')
  }

  async html(ctx: Context, visit: Visit): Promise<void> {
    const { frame, show } = this.#parts
    show(ctx, 'account/export', { ...(await frame.around(ctx, visit, 'data')), held: await this.#export(visit) })
  }

  /** Typing the address is the second thought; the grace period is the third. */
  async scheduleDeletion(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    const account = await app.accounts.find(visit.person.id)
    if (parseEmail(ctx.state.form.get('address') ?? '') !== account.email) {
      ctx.status = 422
      return this.page(ctx, visit, true)
    }
    await app.deletion.schedule(account, { by: frame.actor(ctx, visit), exceptSession: visit.uid })
    frame.back(ctx, 'data', 'deletion')
  }

  async cancelDeletion(ctx: Context, visit: Visit): Promise<void> {
    const { app, frame } = this.#parts
    await app.deletion.cancel(await app.accounts.find(visit.person.id), { by: frame.actor(ctx, visit) })
    frame.back(ctx, 'data', 'kept')
  }

  async #export({ person }: Visit): Promise<Record<string, unknown>> {
    const { app } = this.#parts
    const account = await app.accounts.find(person.id)
    if (!account.active) throw new Forbidden('this account is suspended')
    return (await app.export.of(account)) as Record<string, unknown>
  }
}
