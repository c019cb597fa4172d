import { Busy, NotFound, TooManyAttempts, WrongCredentials } from '../../base/refusals.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { KnownDevices } from '../known-devices.ts'
import type { GuestPages } from './guest-pages.ts'
import type { MailCodeError, MailError } from './page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** Signing in by a letter: asking for one, and typing the code that it carries. What its link does is in mail-link.ts. */
export class SigningInByMail {
  readonly #parts: Parts
  readonly #knownDevices: KnownDevices
  readonly #passage: Passage
  readonly #guests: GuestPages

  constructor(parts: Parts, knownDevices: KnownDevices, passage: Passage, guests: GuestPages) {
    this.#parts = parts
    this.#knownDevices = knownDevices
    this.#passage = passage
    this.#guests = guests
  }

  /** Asks for the address, or for the code once a letter was asked for here. */
  async page(ctx: Context, interaction: Interaction): Promise<void> {
    const email = await this.#asked(ctx, interaction)
    if (email === null)
      this.#ask(ctx, interaction, await this.#for(ctx, interaction, interaction.parameter('login_hint')))
    else this.#look(ctx, interaction, email)
  }

  /** The same answer whether or not there is such an account. */
  async send(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const email = await this.#for(ctx, interaction, ctx.state.form.get('email'))
    const place = this.#passage.place(ctx, interaction)
    if (!forms.genuine(ctx) || !place) {
      ctx.status = 403
      return this.#ask(ctx, interaction, email, { code: 'form-expired' })
    }
    if (email.trim() === '') return this.#ask(ctx, interaction, '')
    try {
      // Before there is an email: its delivery begins at once, and what waits for that tells that there is one.
      await app.guests.hold(nameOf(place))
      await app.signInLetters.request(email, place, {
        by: ctx.state.visitor,
        target: interaction.client.id,
        locale: ctx.state.askedLocale ?? undefined,
      })
      leave(ctx, actionOf(app, interaction, 'mail'))
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
      ctx.status = error.status
      ctx.set('Retry-After', String(error.retryAfter))
      this.#ask(ctx, interaction, email, { code: 'limited', retryAfter: error.retryAfter })
    }
  }

  async code(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const place = this.#passage.place(ctx, interaction)
    const email = await this.#asked(ctx, interaction)
    if (!place || email === null) {
      await this.#for(ctx, interaction, null)
      return leave(ctx, actionOf(app, interaction, 'mail'))
    }
    const again = (status: number, error: MailCodeError) => {
      ctx.status = status
      if (error.retryAfter) ctx.set('Retry-After', String(error.retryAfter))
      this.#look(ctx, interaction, email, error)
    }
    if (!forms.genuine(ctx)) return again(403, { code: 'form-expired' })
    try {
      const typed = { code: ctx.state.form.get('code') ?? '', devices: this.#knownDevices.of(ctx) }
      const circumstances = { by: ctx.state.visitor, target: interaction.client.id }
      const identified = await app.mailSignIn.withCode(place, typed, circumstances)
      await this.#passage.enter(ctx, interaction, identified, leave)
    } catch (error) {
      if (error instanceof WrongCredentials) return again(error.status, { code: 'wrong' })
      if (error instanceof TooManyAttempts || error instanceof Busy)
        return again(error.status, { code: error.code, retryAfter: error.retryAfter })
      throw error
    }
  }

  /**
   * The address for which a letter may be asked for. Where letters are no way in, only somebody whom a provider has named
   * gets one: it proves that the account with their address is theirs.
   */
  async #for(ctx: Context, interaction: Interaction, typed: string | null): Promise<string> {
    if (this.#parts.app.config.signInByMail) return typed ?? ''
    const { guest } = (await this.#guests.at(ctx, interaction)) ?? {}
    if (!guest?.accountId || !guest.identity.email) throw new NotFound('letters are no way in here')
    return guest.identity.email
  }

  async #asked(ctx: Context, interaction: Interaction): Promise<string | null> {
    const place = this.#passage.place(ctx, interaction)
    return place ? this.#parts.app.signInLetters.asked(place) : null
  }

  #ask(ctx: Context, interaction: Interaction, email: string, error: MailError | null = null): void {
    const usernames = this.#parts.app.config.signInWithUsername
    const frame = this.#frame(ctx, interaction, 'mail')
    this.#parts.show(ctx, 'interaction/mail', { ...frame, values: { email }, usernames, error })
  }

  #look(ctx: Context, interaction: Interaction, email: string, error: MailCodeError | null = null): void {
    const { app, show } = this.#parts
    show(ctx, 'interaction/mail-code', {
      ...this.#frame(ctx, interaction, 'mail-code'),
      email,
      againAction: actionOf(app, interaction, 'mail'),
      mailbox: app.config.mailbox,
      error,
    })
  }

  #frame(ctx: Context, interaction: Interaction, name: string) {
    const { app, forms } = this.#parts
    const action = actionOf(app, interaction, name)
    const startUrl = `${app.config.basePath}/interaction/${interaction.uid}`
    return { client: interaction.client, action, csrf: forms.token(ctx, action), startUrl }
  }
}
