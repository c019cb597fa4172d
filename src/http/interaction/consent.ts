import { NotFound } from '../../base/refusals.ts'
import { learned } from '../../oidc/claims.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Asked } from '../../tokens/consent.ts'
import type { Context } from '../context.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'

/** Asking whether an application may: what it will learn with real values, what it may do, and for how long. */
export class Consenting {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async page(ctx: Context, interaction: Interaction): Promise<void> {
    const { app, interactions, forms, show } = this.#parts
    const person = interaction.accountId ? await interactions.person(interaction.accountId) : null
    if (!person) throw new NotFound('nobody is signed in here', 'session_not_found')
    const action = actionOf(app, interaction, 'consent')
    show(ctx, 'interaction/consent', {
      client: interaction.client,
      account: { email: person.email, name: person.name ?? '' },
      learns: learned(person, interaction.asked),
      resources: await this.#resources(interaction.asked),
      offline: interaction.offline,
      duration: interaction.duration,
      action,
      csrf: forms.token(ctx, action),
    })
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const allowed = ctx.state.form.get('decision') === 'allow'
    leave(
      ctx,
      allowed
        ? await interaction.consented({ by: { ...ctx.state.visitor, kind: 'account', id: interaction.accountId } })
        : await interaction.aborted(),
    )
  }

  async #resources({ resources: asked }: Asked) {
    const { resources } = this.#parts.app
    return Promise.all(
      Object.entries(asked).map(async ([id, scopes]) => {
        const resource = await resources.lookUp(id)
        const described = new Map(resource?.scopes.map(scope => [scope.name, scope.description]))
        return {
          name: resource?.name ?? id,
          scopes: scopes.map(name => ({ name, description: described.get(name) || null })),
        }
      }),
    )
  }
}
