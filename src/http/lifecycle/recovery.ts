import type { App } from '../../app.ts'
import { Forbidden, InvalidInput, TooManyAttempts } from '../../base/refusals.ts'
import { PASSWORD_MINIMUM } from '../../credentials/password-rules.ts'
import type { Context } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { ProfileErrors } from '../page-data.ts'
import type { Show } from '../show.ts'

/** A forgotten password: asking for a letter, and choosing a new one by its link. */
export class Recovering {
  readonly #app: App
  readonly #forms: Forms
  readonly #show: Show

  constructor({ app, forms, show }: { app: App; forms: Forms; show: Show }) {
    this.#app = app
    this.#forms = forms
    this.#show = show
  }

  ask(ctx: Context, email = '', retryAfter: number | null = null): void {
    const action = `${this.#app.config.basePath}/forgot`
    const csrf = this.#forms.token(ctx, action)
    const usernames = this.#app.config.signInWithUsername
    this.#show(ctx, 'lifecycle/forgot', { action, csrf, values: { email }, usernames, retryAfter })
  }

  /** The same words whether or not there is such an account. */
  async send(ctx: Context): Promise<void> {
    const email = ctx.state.form.get('email') ?? ''
    try {
      await this.#app.recovery.request(email, { by: ctx.state.visitor, locale: ctx.state.askedLocale ?? undefined })
      this.#show(ctx, 'lifecycle/done', { what: 'forgot', address: email, mailbox: this.#app.config.mailbox })
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
      ctx.status = error.status
      ctx.set('Retry-After', String(error.retryAfter))
      this.ask(ctx, email, error.retryAfter)
    }
  }

  async open(ctx: Context, errors: ProfileErrors = {}): Promise<void> {
    const account = await this.#app.recovery.holder(String(ctx.params.token))
    if (!account) return this.#invalid(ctx)
    const action = `${this.#app.config.basePath}/recover/${ctx.params.token}`
    const csrf = this.#forms.token(ctx, action)
    const { email } = account
    this.#show(ctx, 'lifecycle/recover', { action, csrf, email, errors, passwordMinimum: PASSWORD_MINIMUM })
  }

  async submit(ctx: Context): Promise<void> {
    const { form, visitor } = ctx.state
    try {
      await this.#app.recovery.complete(String(ctx.params.token), form.get('password') ?? '', { by: visitor })
      this.#show(ctx, 'lifecycle/recover-done', {})
    } catch (error) {
      if (error instanceof Forbidden) return this.#invalid(ctx)
      if (!(error instanceof InvalidInput)) throw error
      ctx.status = error.status
      await this.open(ctx, error.fields as ProfileErrors)
    }
  }

  #invalid(ctx: Context): void {
    ctx.status = 404
    this.#show(ctx, 'lifecycle/link-invalid', {})
  }
}
