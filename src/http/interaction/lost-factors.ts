import type { Actor } from '../../base/actor.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { Leave, Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** Somebody who knows their password, and has lost all else: their factors go after a while, unless a letter stops it. */
export class LostFactors {
  readonly #parts: Parts
  readonly #passage: Passage

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts
    this.#passage = passage
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms, show } = this.#parts
    const open = await this.#passage.find(ctx, interaction)
    const decision = open && (await this.#passage.decide(ctx, interaction, open))
    // A session that may be stolen is not enough to begin this.
    if (decision?.step !== 'second-factor' || decision.open.attempt.carriedFrom !== null)
      return this.#passage.restart(ctx, interaction, leave)
    const { account } = decision.open
    const by: Actor = { ...ctx.state.visitor, kind: 'account', id: account.id }
    await app.factorLoss.report(account, { by, browser: forms.browser(ctx) })
    show(ctx, 'interaction/factors-lost', {
      client: interaction.client,
      email: account.email,
      due: await app.factorResets.pending(account),
      startUrl: `${app.config.basePath}/interaction/${interaction.uid}`,
      mailbox: app.config.mailbox,
    })
  }
}
