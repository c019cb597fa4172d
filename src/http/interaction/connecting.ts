import { Refusal } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import type { Guest } from '../../lifecycle/guests.ts'
import { PASSED } from '../../login/assurance.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { SignInError } from './page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'
import { providerView } from './providers.ts'

/**
 * Somebody whom a provider has named, and whose address an account has: they prove that it is theirs by signing in to it,
 * in whatever way, and at the end of that the two are connected.
 */
export class Connecting {
  readonly #parts: Parts
  readonly #passage: Passage

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts
    this.#passage = passage
  }

  async page(
    ctx: Context,
    interaction: Interaction,
    { guest, provider }: { guest: Guest; provider: IdentityProvider },
    error: SignInError | null,
  ): Promise<void> {
    const { app, forms, show } = this.#parts
    const action = actionOf(app, interaction, 'sign-in')
    const csrf = forms.token(ctx, action)
    show(ctx, 'interaction/connect', {
      client: interaction.client,
      provider: providerView(provider),
      email: guest.identity.email ?? '',
      action,
      csrf,
      mailAction: actionOf(app, interaction, 'mail'),
      reclaimAction: guest.reclaimable ? actionOf(app, interaction, 'reclaim') : null,
      declineAction: actionOf(app, interaction, 'decline'),
      error,
      passkey: app.passkeys.usable
        ? { action: actionOf(app, interaction, 'passkey'), csrf, ...(await app.passkeyProofs.question(null)) }
        : null,
    })
  }

  /** The account was made by nobody who has proven the address: its owner takes it over. */
  async reclaim(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app } = this.#parts
    const place = this.#passage.place(ctx, interaction)
    const guest = place && interaction.prompt === 'login' ? await app.guests.at(nameOf(place)) : null
    if (!place || !guest?.reclaimable) return this.#passage.restart(ctx, interaction, leave)
    try {
      const { account, passed } = await app.reclaim.by(nameOf(place), {
        by: ctx.state.visitor,
        locale: ctx.state.locale,
      })
      await this.#passage.enter(ctx, interaction, { account, passed: PASSED[passed] }, leave)
    } catch (error) {
      // Somebody has proven the address meanwhile, or was faster.
      if (!(error instanceof Refusal)) throw error
      this.#passage.restart(ctx, interaction, leave)
    }
  }

  /** Not now: the other ways in are shown again. */
  async decline(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const place = this.#passage.place(ctx, interaction)
    if (place) await this.#parts.app.guests.drop(nameOf(place))
    this.#passage.restart(ctx, interaction, leave)
  }
}
