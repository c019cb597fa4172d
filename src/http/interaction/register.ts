import { Forbidden, InvalidInput } from '../../base/refusals.ts'
import { PASSWORD_MINIMUM } from '../../credentials/password-rules.ts'
import { PASSED } from '../../login/assurance.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { ProfileErrors } from '../page-data.ts'
import type { Admission } from './admission.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'
import { providersForm } from './providers.ts'

/** Making an account on the way to an application; whoever has made one is signed in, or asked to look into their mail. */
export class Registering {
  readonly #parts: Parts
  readonly #passage: Passage
  readonly #admission: Admission

  constructor(parts: Parts, passage: Passage, admission: Admission) {
    this.#parts = parts
    this.#passage = passage
    this.#admission = admission
  }

  async page(
    ctx: Context,
    interaction: Interaction,
    {
      values = { email: '', name: '' },
      errors = {},
      expired = false,
    }: {
      values?: { email: string; name: string }
      errors?: ProfileErrors
      /** The form was not sent from its own page, or that was open for too long. */
      expired?: boolean
    } = {},
  ): Promise<void> {
    const { app, forms, show } = this.#parts
    if (!app.registration.open) throw new Forbidden('registration is closed here', 'registration_closed')
    const action = actionOf(app, interaction, 'register')
    show(ctx, 'interaction/register', {
      client: interaction.client,
      action,
      csrf: forms.token(ctx, action),
      signInUrl: `${app.config.basePath}/interaction/${interaction.uid}`,
      values,
      errors,
      expired,
      passwordMinimum: PASSWORD_MINIMUM,
      providers: await providersForm(this.#parts, ctx, interaction, { newcomers: true }),
    })
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const { form, visitor } = ctx.state
    const values = { email: form.get('email') ?? '', name: form.get('name') ?? '' }
    const password = form.get('password') ?? ''
    const place = this.#passage.place(ctx, interaction)
    if (!forms.genuine(ctx) || !place) {
      ctx.status = 403
      return this.page(ctx, interaction, { values, expired: true })
    }
    try {
      const {
        accountId,
        admitted,
        passwordSince = null,
      } = await app.registration.apply(
        { ...values, password },
        {
          by: visitor,
          locale: ctx.state.locale,
          browser: forms.browser(ctx),
          made: account => app.registeredHere.remember(place, account),
        },
      )
      const applied = { accountId, email: values.email, passed: PASSED.password, passwordSince }
      if (!admitted) return await this.#admission.wait(ctx, interaction, applied)
      const account = await app.accounts.find(accountId)
      await this.#passage.enter(ctx, interaction, { account, passed: PASSED.password }, leave)
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error
      const taken = error.fields.email === 'taken'
      const account = taken && (await app.registeredHere.again(place, { ...values, password }, { by: visitor }))
      if (account) {
        // The same browser as a moment ago: no email tells of a new one.
        const [device = null] = await app.devices.of(account)
        return this.#passage.enter(ctx, interaction, { account, passed: PASSED.password, device }, leave)
      }
      ctx.status = error.status
      await this.page(ctx, interaction, { values, errors: error.fields as ProfileErrors })
    }
  }
}
