import { Busy, InvalidInput, TooManyAttempts, WrongCredentials } from '../../base/refusals.ts'
import { methodsOf, type Passed, sparable } from '../../login/assurance.ts'
import type { Open } from '../../login/open-attempts.ts'
import type { Decision } from '../../login/way-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { KnownDevices } from '../known-devices.ts'
import type { SecondFactorError } from './page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'

const DAY = 24 * 60 * 60

/** The page that asks for what somebody has beside who they are. */
export class SecondStep {
  readonly #parts: Parts
  readonly #knownDevices: KnownDevices
  readonly #passage: Passage

  constructor(parts: Parts, knownDevices: KnownDevices, passage: Passage) {
    this.#parts = parts
    this.#knownDevices = knownDevices
    this.#passage = passage
  }

  async page(
    ctx: Context,
    interaction: Interaction,
    { open: { account, attempt }, factors }: Decision,
    error: SecondFactorError | null = null,
  ): Promise<void> {
    const { app, forms, show } = this.#parts
    const action = actionOf(app, interaction, 'code')
    // What cannot be phished is a passkey alone; whoever has none sets one up after the others.
    const others = interaction.level !== 'phr' || factors.passkeys === 0
    const fresh = attempt.carriedFrom === null
    const days = Math.floor(app.config.trustedBrowserTtl / DAY)
    show(ctx, 'interaction/second-factor', {
      client: interaction.client,
      email: account.email,
      csrf: forms.token(ctx, action),
      action,
      recoveryAction: actionOf(app, interaction, 'recovery-code'),
      lostAction: app.factorLoss.delay !== null && fresh ? actionOf(app, interaction, 'lost-factors') : null,
      abortAction: actionOf(app, interaction, 'abort'),
      totp: others && factors.totp,
      recoveryCodes: others && factors.recoveryCodes > 0,
      passkey: factors.passkeys > 0 ? await this.#passkeyForm(ctx, interaction, account) : null,
      trustDays: fresh && days > 0 && sparable(methodsOf(attempt.passed)) ? days : null,
      error,
      stepUp: !fresh,
    })
  }

  code(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    return this.#submit(ctx, interaction, leave, 'code', (open, trying) =>
      this.#parts.app.secondFactor.code(open.account, field(ctx, 'code'), trying),
    )
  }

  recoveryCode(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    return this.#submit(ctx, interaction, leave, 'recovery-code', (open, trying) =>
      this.#parts.app.secondFactor.recoveryCode(open.account, field(ctx, 'recovery-code'), trying),
    )
  }

  passkey(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const answer = { ceremony: field(ctx, 'ceremony'), response: field(ctx, 'response') }
    return this.#submit(ctx, interaction, leave, 'passkey', (open, trying) =>
      this.#parts.app.secondFactor.passkey(open.account, answer, trying),
    )
  }

  async #submit(
    ctx: Context,
    interaction: Interaction,
    leave: Leave,
    what: SecondFactorError['field'],
    attempt: (open: Open, trying: Parameters<Parts['app']['secondFactor']['code']>[2]) => Promise<Passed>,
  ): Promise<void> {
    const { app, forms } = this.#parts
    const open = await this.#passage.find(ctx, interaction)
    if (!open) return this.#passage.restart(ctx, interaction, leave)
    const decision = await this.#passage.decide(ctx, interaction, open)
    if (decision.step !== 'second-factor') return this.#passage.advance(ctx, interaction, open, leave)
    const again = (status: number, error: Omit<SecondFactorError, 'field'>) => {
      ctx.status = status
      if (error.retryAfter) ctx.set('Retry-After', String(error.retryAfter))
      return this.page(ctx, interaction, decision, { ...error, field: what })
    }
    if (!forms.genuine(ctx)) return again(403, { code: 'form-expired' })
    try {
      const device = await app.devices.find(open.account, this.#knownDevices.of(ctx))
      const passed = await attempt(open, { by: ctx.state.visitor, device, target: interaction.client.id })
      const trust = ctx.state.form.get('trust') !== null
      await this.#passage.advance(ctx, interaction, app.openAttempts.pass(open, passed, { trust }), leave)
    } catch (error) {
      if (error instanceof WrongCredentials) return again(error.status, { code: 'wrong' })
      if (error instanceof InvalidInput) return again(error.status, { code: 'form-expired' })
      if (error instanceof TooManyAttempts || error instanceof Busy)
        return again(error.status, { code: error.code, retryAfter: error.retryAfter })
      throw error
    }
  }

  async #passkeyForm(ctx: Context, interaction: Interaction, account: Open['account']) {
    const { app, forms } = this.#parts
    const action = actionOf(app, interaction, 'passkey-factor')
    return { action, csrf: forms.token(ctx, action), ...(await app.passkeyProofs.question(account)) }
  }
}

function field(ctx: Context, name: string): string {
  return ctx.state.form.get(name) ?? ''
}
