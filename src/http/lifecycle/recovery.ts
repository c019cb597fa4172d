import type { App } from '../../app.ts'
import { PASSWORD_MINIMUM } from '../../credentials/password-rules.ts'
import type { Context } from '../context.ts'
import { attempt } from '../kit/answers.ts'
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

  ask(ctx: Context, email = '', retryAfter?: number): void {
    const action = `${this.#app.config.basePath}/forgot`
    const csrf = this.#forms.token(ctx, action)
    const usernames = this.#app.config.signInWithUsername
    this.#show(ctx, 'lifecycle/forgot', { action, csrf, values: { email }, usernames, retryAfter: retryAfter ?? null })
  }

  /** The same words whether or not there is such an account. */
  send(ctx: Context): Promise<void> {
    const email = ctx.state.form.get('email') ?? ''
    const request = async () => {
      await this.#app.recovery.request(email, { by: ctx.state.visitor, locale: ctx.state.askedLocale ?? undefined })
      this.#show(ctx, 'lifecycle/done', { what: 'forgot', address: email, mailbox: this.#app.config.mailbox })
    }
    return attempt(ctx, request, {
      says: { 'too-many-attempts': 'limited' },
      again: ({ retryAfter }) => this.ask(ctx, email, retryAfter),
    })
  }

  async open(ctx: Context, errors: ProfileErrors = {}): Promise<void> {
    const account = await this.#app.recovery.holder(String(ctx.params.token))
    if (!account) return this.#invalid(ctx)
    const action = `${this.#app.config.basePath}/recover/${ctx.params.token}`
    const csrf = this.#forms.token(ctx, action)
    const { email } = account
    this.#show(ctx, 'lifecycle/recover', { action, csrf, email, errors, passwordMinimum: PASSWORD_MINIMUM })
  }

  submit(ctx: Context): Promise<void> {
    const { form, visitor } = ctx.state
    const complete = async () => {
      await this.#app.recovery.complete(String(ctx.params.token), form.get('password') ?? '', { by: visitor })
      this.#show(ctx, 'lifecycle/recover-done', {})
    }
    return attempt(ctx, complete, {
      says: { invalid_input: 'invalid', link_invalid: () => this.#invalid(ctx) },
      again: ({ fields }) => this.open(ctx, fields),
    })
  }

  #invalid(ctx: Context): void {
    ctx.status = 404
    this.#show(ctx, 'lifecycle/link-invalid', {})
  }
}
