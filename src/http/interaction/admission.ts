import { TooManyAttempts } from '../../base/refusals.ts'
import type { Waiting } from '../../login/doorstep.ts'
import { nameOf } from '../../login/open-attempts.ts'
import type { Identified } from '../../login/sign-in.ts'
import type { Decision } from '../../login/way-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { PageData } from '../page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** The path below which the browser says which interaction it goes on with when it comes back from a letter. */
const LETTER_PATH = '/verify'

interface CheckMail {
  /** Where the email went; null where that is not known any more. */
  email: string | null
  resend: PageData['interaction/check-mail']['resend']
  /** Seconds. */
  retryAfter?: number | null
}

/** Asking somebody to answer a letter before they are let in. */
export class Admission {
  readonly #parts: Parts
  readonly #passage: Passage

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts
    this.#passage = passage
  }

  /** They have shown who they are, but whether the address is theirs is not known yet. */
  async sendLetter(ctx: Context, interaction: Interaction, { account, passed }: Identified): Promise<void> {
    const { app, forms } = this.#parts
    await app.verification.send(account, {
      by: ctx.state.visitor,
      locale: ctx.state.askedLocale ?? account.language,
      browser: forms.browser(ctx),
    })
    await this.wait(ctx, interaction, { accountId: account.id, email: account.email, passed })
  }

  /** Until the address is proven: of nobody's account the same is said and kept. */
  async wait(ctx: Context, interaction: Interaction, waiting: Waiting): Promise<void> {
    const { app } = this.#parts
    const { email } = waiting
    const place = this.#passage.place(ctx, interaction)
    await app.doorstep.wait(interaction.uid, waiting)
    if (place) await app.guests.hold(nameOf(place))
    returning(ctx, this.#parts, interaction.uid)
    this.page(ctx, interaction, { email, resend: 'offered' })
  }

  /** Once more, where the first email got lost. */
  async resend(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const waiting = interaction.prompt === 'login' ? await app.doorstep.waiting(interaction.uid) : null
    if (!waiting) return this.#passage.restart(ctx, interaction, leave)
    const { email } = waiting
    try {
      const { visitor: by, locale } = ctx.state
      await app.verificationResend.send(waiting, { by, locale, browser: forms.browser(ctx) })
      this.page(ctx, interaction, { email, resend: 'done' })
    } catch (error) {
      if (!(error instanceof TooManyAttempts)) throw error
      ctx.status = error.status
      ctx.set('Retry-After', String(error.retryAfter))
      this.page(ctx, interaction, { email, resend: 'limited', retryAfter: error.retryAfter })
    }
  }

  page(ctx: Context, interaction: Interaction, { email, resend, retryAfter = null }: CheckMail): void {
    const { app, forms, show } = this.#parts
    const resendAction = actionOf(app, interaction, 'resend')
    show(ctx, 'interaction/check-mail', {
      client: interaction.client,
      email,
      resend,
      retryAfter,
      resendAction,
      csrf: forms.token(ctx, resendAction),
      continueUrl: actionOf(app, interaction, 'continue'),
      startUrl: `${app.config.basePath}/interaction/${interaction.uid}`,
      mailbox: app.config.mailbox,
    })
  }

  /** The application is for people with a proven address: they are told, before they get a letter. */
  proofPage(ctx: Context, interaction: Interaction, { open: { account } }: Decision): void {
    const { app, forms, show } = this.#parts
    const action = actionOf(app, interaction, 'prove-address')
    show(ctx, 'interaction/prove-address', {
      client: interaction.client,
      email: account.email,
      action,
      csrf: forms.token(ctx, action),
      abortAction: actionOf(app, interaction, 'abort'),
    })
  }

  async sendProof(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const open = await this.#passage.find(ctx, interaction)
    const decision = open && (await this.#passage.decide(ctx, interaction, open))
    if (decision?.step !== 'prove-address') return this.#passage.restart(ctx, interaction, leave)
    const { account } = decision.open
    const by = { ...ctx.state.visitor, kind: 'account', id: account.id } as const
    await app.verification.send(account, {
      by,
      locale: ctx.state.askedLocale ?? account.language,
      browser: forms.browser(ctx),
    })
    returning(ctx, this.#parts, interaction.uid)
    this.page(ctx, interaction, { email: account.email, resend: null })
  }

  /** Back from the letter, or asking whether it was answered elsewhere. */
  async proceed(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app } = this.#parts
    if (await this.#passage.find(ctx, interaction)) return this.#passage.restart(ctx, interaction, leave)
    const entered = interaction.prompt === 'login' ? await app.doorstep.enter(interaction.uid) : null
    if (!entered) {
      const waiting = await app.doorstep.waiting(interaction.uid)
      return this.page(ctx, interaction, { email: waiting?.email ?? null, resend: waiting && 'offered' })
    }
    await this.#passage.enter(ctx, interaction, entered, leave)
  }
}

/** The interaction that this browser goes on with when it comes back from a letter. */
export function returning(ctx: Context, { app: { config } }: Pick<Parts, 'app'>, interaction?: string): string | null {
  const name = config.secure ? '__Secure-gatehouse_return' : 'gatehouse_return'
  if (interaction === undefined) return ctx.cookies.get(name, { signed: false }) ?? null
  ctx.cookies.set(name, interaction, {
    httpOnly: true,
    sameSite: 'lax',
    secure: config.secure,
    path: `${config.basePath}${LETTER_PATH}`,
    maxAge: 60 * 60 * 1000,
    signed: false,
  })
  return interaction
}
