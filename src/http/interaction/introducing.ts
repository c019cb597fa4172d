import { InvalidInput, NotFound, TooManyAttempts } from '../../base/refusals.ts'
import type { IdentityProvider } from '../../federation/identity-provider.ts'
import type { Guest } from '../../lifecycle/guests.ts'
import { PASSED } from '../../login/assurance.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { ProfileErrors } from '../page-data.ts'
import type { Admission } from './admission.ts'
import type { MailError } from './page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'
import { providerView } from './providers.ts'

interface Shown {
  values?: { email: string; name: string }
  errors?: ProfileErrors
  error?: MailError | null
}

/** Somebody whom a provider has named, but no address of theirs that can be relied upon: they say it themselves. */
export class Introducing {
  readonly #parts: Parts
  readonly #passage: Passage
  readonly #admission: Admission

  constructor(parts: Parts, passage: Passage, admission: Admission) {
    this.#parts = parts
    this.#passage = passage
    this.#admission = admission
  }

  page(
    ctx: Context,
    interaction: Interaction,
    { guest: { identity }, provider }: { guest: Guest; provider: IdentityProvider },
    { values, errors = {}, error = null }: Shown = {},
  ): void {
    const { app, forms, show } = this.#parts
    const action = actionOf(app, interaction, 'introduce')
    show(ctx, 'interaction/introduce', {
      client: interaction.client,
      provider: providerView(provider),
      action,
      csrf: forms.token(ctx, action),
      declineAction: actionOf(app, interaction, 'decline'),
      values: values ?? { email: identity.email ?? '', name: identity.name ?? '' },
      errors,
      error,
    })
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const { form, visitor, locale } = ctx.state
    const place = this.#passage.place(ctx, interaction)
    const guest = place && interaction.prompt === 'login' ? await app.guests.at(nameOf(place)) : null
    const provider = guest && (await app.identityProviders.offering(guest.providerId))
    if (!place || !guest || !provider) return this.#passage.restart(ctx, interaction, leave)
    const values = { email: form.get('email') ?? '', name: form.get('name') ?? '' }
    const again = (status: number, shown: Shown) => {
      ctx.status = status
      this.page(ctx, interaction, { guest, provider }, { values, ...shown })
    }
    if (!forms.genuine(ctx)) return again(403, { error: { code: 'form-expired' } })
    try {
      const circumstances = { by: visitor, locale, browser: place.browser }
      const made = await app.reception.introduce(nameOf(place), values, circumstances)
      const { accountId, admitted } = made
      const passed = PASSED[made.passed]
      const waiting = { accountId, email: values.email, passed, passwordSince: null }
      if (!admitted) return await this.#admission.wait(ctx, interaction, waiting)
      await this.#passage.enter(ctx, interaction, { account: await app.accounts.find(accountId), passed }, leave)
    } catch (error) {
      if (error instanceof InvalidInput) return again(error.status, { errors: error.fields as ProfileErrors })
      if (error instanceof NotFound) return this.#passage.restart(ctx, interaction, leave)
      if (!(error instanceof TooManyAttempts)) throw error
      ctx.set('Retry-After', String(error.retryAfter))
      again(error.status, { error: { code: 'limited', retryAfter: error.retryAfter } })
    }
  }
}
