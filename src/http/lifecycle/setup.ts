import type { App } from '../../app.ts'
import { PASSWORD_MINIMUM } from '../../credentials/password-rules.ts'
import type { Context } from '../context.ts'
import { attempt } from '../kit/answers.ts'
import type { Forms } from '../middleware/forms.ts'
import type { ProfileErrors } from '../page-data.ts'
import type { Show } from '../show.ts'

/** The first run: the link that makes the first superuser. */
export class SettingUp {
  readonly #app: App
  readonly #forms: Forms
  readonly #show: Show

  constructor({ app, forms, show }: { app: App; forms: Forms; show: Show }) {
    this.#app = app
    this.#forms = forms
    this.#show = show
  }

  async open(ctx: Context): Promise<void> {
    if (await this.#app.setup.open(String(ctx.params.token))) return this.#page(ctx)
    await this.#closed(ctx)
  }

  submit(ctx: Context): Promise<void> {
    const { form, visitor } = ctx.state
    const values = { email: form.get('email') ?? '', name: form.get('name') ?? '' }
    const applicant = { ...values, password: form.get('password') ?? '' }
    const complete = async () => {
      const account = await this.#app.setup.complete(String(ctx.params.token), applicant, { by: visitor })
      const roles = await this.#app.roles.of(account)
      const enrolment = this.#app.secondFactorRules.enrolment({ roles, due: null }, { clientDemands: false })
      this.#show(ctx, 'lifecycle/setup-done', { email: account.email, secondFactor: enrolment === 'required' })
    }
    return attempt(ctx, complete, {
      says: { invalid_input: 'invalid', link_invalid: () => this.#closed(ctx) },
      again: ({ fields }) => this.#page(ctx, values, fields),
    })
  }

  #page(ctx: Context, values = { email: '', name: '' }, errors: ProfileErrors = {}): void {
    const action = `${this.#app.config.basePath}/setup/${ctx.params.token}`
    const csrf = this.#forms.token(ctx, action)
    this.#show(ctx, 'lifecycle/setup', { action, csrf, values, errors, passwordMinimum: PASSWORD_MINIMUM })
  }

  async #closed(ctx: Context): Promise<void> {
    ctx.status = 404
    this.#show(ctx, (await this.#app.setup.pending()) ? 'lifecycle/link-invalid' : 'lifecycle/setup-closed', {})
  }
}
