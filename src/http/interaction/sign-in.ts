import { Busy, TooManyAttempts, WrongCredentials } from '../../base/refusals.ts'
import { AddressUnproven } from '../../login/sign-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { KnownDevices } from '../known-devices.ts'
import type { Admission } from './admission.ts'
import type { GuestPages, Waiting } from './guest-pages.ts'
import type { SignInError } from './page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'
import { providersForm } from './providers.ts'

/** The sign-in page, and what is typed into it. */
export class SigningIn {
  readonly #parts: Parts
  readonly #knownDevices: KnownDevices
  readonly #admission: Admission
  readonly #passage: Passage
  readonly #guests: GuestPages

  constructor(parts: Parts, knownDevices: KnownDevices, admission: Admission, passage: Passage, guests: GuestPages) {
    this.#parts = parts
    this.#knownDevices = knownDevices
    this.#admission = admission
    this.#passage = passage
    this.#guests = guests
  }

  /** Whom a provider has named, and for whom another page stands in place of this one. */
  awaited(ctx: Context, interaction: Interaction): Promise<Waiting | null> {
    return this.#guests.at(ctx, interaction)
  }

  async page(
    ctx: Context,
    interaction: Interaction,
    { email, error = null }: { email?: string; error?: SignInError | null } = {},
  ): Promise<void> {
    const { app, forms, show } = this.#parts
    const waiting = error?.code.startsWith('upstream-') ? null : await this.awaited(ctx, interaction)
    if (waiting && (waiting.guest.accountId || !error)) return this.#guests.show(ctx, interaction, waiting, error)
    const action = actionOf(app, interaction, 'sign-in')
    const csrf = forms.token(ctx, action)
    show(ctx, 'interaction/sign-in', {
      client: interaction.client,
      action,
      csrf,
      mailAction: app.config.signInByMail ? actionOf(app, interaction, 'mail') : null,
      abortAction: actionOf(app, interaction, 'abort'),
      verificationRequired: app.verification.required,
      registerUrl: app.registration.open ? actionOf(app, interaction, 'register') : null,
      values: { email: email ?? interaction.parameter('login_hint') ?? '' },
      usernames: app.config.signInWithUsername,
      error,
      reason: interaction.again,
      passkey: app.passkeys.usable
        ? { action: actionOf(app, interaction, 'passkey'), csrf, ...(await app.passkeyProofs.question(null)) }
        : null,
      providers: await providersForm(this.#parts, ctx, interaction),
    })
  }

  /** Shows the page once more, with what was wrong. */
  again(ctx: Context, interaction: Interaction, email: string): (status: number, error: SignInError) => Promise<void> {
    return (status, error) => {
      ctx.status = status
      if (error.retryAfter) ctx.set('Retry-After', String(error.retryAfter))
      return this.page(ctx, interaction, { email, error })
    }
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const { form, visitor } = ctx.state
    const email = form.get('email') ?? ''
    const again = this.again(ctx, interaction, email)
    if (!forms.genuine(ctx)) return again(403, { code: 'form-expired' })

    try {
      const password = form.get('password') ?? ''
      const identified = await app.signIn.withPassword(
        { email, password, devices: this.#knownDevices.of(ctx) },
        { by: visitor, target: interaction.client.id },
      )
      await this.#passage.enter(ctx, interaction, identified, leave)
    } catch (error) {
      if (error instanceof AddressUnproven) return this.#admission.sendLetter(ctx, interaction, error)
      if (error instanceof WrongCredentials) return again(error.status, { code: error.code })
      if (error instanceof TooManyAttempts || error instanceof Busy) {
        return again(error.status, { code: error.code, retryAfter: error.retryAfter })
      }
      throw error
    }
  }
}
