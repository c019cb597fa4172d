import { Forbidden, WrongCredentials } from '../../base/refusals.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context, Handler } from '../context.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** The link of a letter that signs somebody in. Opening it changes nothing, since mail scanners open it too. */
export class SigningInByLink {
  readonly #parts: Parts
  readonly #passage: Passage

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts
    this.#passage = passage
  }

  /** Before there is an interaction: in any other browser than the one that asked there is none to go on with. */
  readonly here: Handler = async (ctx, next) => {
    const found = await this.#parts.app.mailSignIn.look(
      this.#passage.place(ctx, { uid: String(ctx.params.uid) }),
      tokenOf(ctx),
    )
    if (found === null) return this.#invalid(ctx)
    if (found !== 'elsewhere') return next()
    ctx.status = 403
    this.#parts.show(ctx, 'interaction/mail-elsewhere', {})
  }

  async page(ctx: Context, interaction: Interaction): Promise<void> {
    const { app, forms, show } = this.#parts
    const account = await app.mailSignIn.look(this.#passage.place(ctx, interaction), tokenOf(ctx))
    if (account === null || account === 'elsewhere') return this.#invalid(ctx)
    const action = actionOf(app, interaction, `mail/${tokenOf(ctx)}`)
    const startUrl = `${app.config.basePath}/interaction/${interaction.uid}`
    const { client } = interaction
    show(ctx, 'interaction/mail-link', {
      client,
      email: account.email,
      action,
      csrf: forms.token(ctx, action),
      startUrl,
    })
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app } = this.#parts
    try {
      const circumstances = { by: ctx.state.visitor, target: interaction.client.id }
      const place = this.#passage.place(ctx, interaction)
      const identified = await app.mailSignIn.withLink(place, tokenOf(ctx), circumstances)
      await this.#passage.enter(ctx, interaction, identified, leave)
    } catch (error) {
      if (error instanceof Forbidden || error instanceof WrongCredentials) return this.#invalid(ctx)
      throw error
    }
  }

  #invalid(ctx: Context): void {
    ctx.status = 404
    this.#parts.show(ctx, 'lifecycle/link-invalid', {})
  }
}

function tokenOf(ctx: Context): string {
  return String(ctx.params.token)
}
