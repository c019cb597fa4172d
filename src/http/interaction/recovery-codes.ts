import type { Decision } from '../../login/way-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** The recovery codes that came with a first factor: shown until their owner says that they are put away. */
export class SavingCodes {
  readonly #parts: Parts
  readonly #passage: Passage

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts
    this.#passage = passage
  }

  page(ctx: Context, interaction: Interaction, { open }: Decision): void {
    const { app, forms, show } = this.#parts
    const action = actionOf(app, interaction, 'codes-saved')
    show(ctx, 'interaction/recovery-codes', {
      client: interaction.client,
      action,
      csrf: forms.token(ctx, action),
      codes: app.openAttempts.codes(open),
      host: new URL(app.config.issuer).host,
    })
  }

  async saved(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app } = this.#parts
    const open = await this.#passage.find(ctx, interaction)
    if (!open) return this.#passage.restart(ctx, interaction, leave)
    await this.#passage.advance(ctx, interaction, app.openAttempts.withCodes(open, null), leave)
  }
}
