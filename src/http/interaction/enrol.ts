import type { Actor } from '../../base/actor.ts'
import { InvalidInput, SignedOut } from '../../base/refusals.ts'
import { keyKind, PASSED, type Passed } from '../../login/assurance.ts'
import { actorOf, type Open } from '../../login/open-attempts.ts'
import type { Decision } from '../../login/way-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { EnrolError } from './page-data.ts'
import { actionOf, type Leave, type Parts } from './parts.ts'
import type { Passage } from './passage.ts'

/** Setting up a second factor on the way in, for whoever has none where one is wanted; and a passkey, where it is offered. */
export class Enrolling {
  readonly #parts: Parts
  readonly #passage: Passage

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts
    this.#passage = passage
  }

  /** @param proposal the one that was shown before, so that an app that has scanned it stays right */
  async page(
    ctx: Context,
    interaction: Interaction,
    { open: { account }, step, enrolment }: Decision,
    { error = null, proposal }: { error?: EnrolError | null; proposal?: string } = {},
  ): Promise<void> {
    const { app, forms, show } = this.#parts
    const action = actionOf(app, interaction, 'enrol-app')
    const offer = step === 'offer-passkey'
    const passkeyAction = actionOf(app, interaction, 'enrol-passkey')
    show(ctx, 'interaction/enrol', {
      client: interaction.client,
      action,
      csrf: forms.token(ctx, action),
      abortAction: actionOf(app, interaction, 'abort'),
      skipAction:
        offer || (enrolment === 'offered' && interaction.level === '1fa') ? actionOf(app, interaction, 'skip') : null,
      app: offer || interaction.level === 'phr' ? null : app.totps.again(account, proposal),
      passkey: app.passkeys.usable
        ? {
            action: passkeyAction,
            csrf: forms.token(ctx, passkeyAction),
            ...(await app.passkeys.registrationOptions(account)),
          }
        : null,
      why: offer ? 'offer' : interaction.level === '1fa' ? enrolment : 'application',
      until: account.secondFactorDue ?? null,
      error,
    })
  }

  async app(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const proposal = ctx.state.form.get('proposal') ?? ''
    const code = ctx.state.form.get('code') ?? ''
    await this.#submit(ctx, interaction, leave, { proposal }, async ({ account }, by) => {
      return {
        passed: PASSED.totp,
        codes: await this.#parts.app.factorChanges.addTotp(account, { proposal, code }, { by }),
      }
    })
  }

  async passkey(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const [ceremony, response] = [ctx.state.form.get('ceremony') ?? '', ctx.state.form.get('response') ?? '']
    await this.#submit(ctx, interaction, leave, {}, async ({ account }, by) => {
      const { added, recoveryCodes } = await this.#parts.app.factorChanges.addPasskey(
        account,
        { ceremony, response },
        { by },
      )
      return { passed: PASSED.passkey(keyKind(added)), codes: recoveryCodes }
    })
  }

  /** Not now. */
  async skip(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app } = this.#parts
    const decision = await this.#at(ctx, interaction)
    if (!decision) return this.#passage.restart(ctx, interaction, leave)
    const { open, step, enrolment } = decision
    if (step === 'offer-passkey') {
      await app.passkeyOffer.decline(open.account)
      return this.#passage.advance(ctx, interaction, app.openAttempts.skip(open, 'passkey'), leave)
    }
    if (step !== 'enrol' || enrolment !== 'offered') return this.#passage.restart(ctx, interaction, leave)
    await this.#passage.advance(ctx, interaction, app.openAttempts.skip(open, 'enrolment'), leave)
  }

  async #submit(
    ctx: Context,
    interaction: Interaction,
    leave: Leave,
    { proposal }: { proposal?: string },
    enrol: (open: Open, by: Actor) => Promise<{ passed: Passed; codes: readonly string[] | null }>,
  ): Promise<void> {
    const { app, forms } = this.#parts
    const decision = await this.#at(ctx, interaction)
    if (decision?.step !== 'enrol' && decision?.step !== 'offer-passkey')
      return this.#passage.restart(ctx, interaction, leave)
    const again = (status: number, error: EnrolError) => {
      ctx.status = status
      return this.page(ctx, interaction, decision, { error, ...(proposal && { proposal }) })
    }
    if (!forms.genuine(ctx)) return again(403, { code: 'form-expired' })
    const { open } = decision
    try {
      const by: Actor = { ...ctx.state.visitor, ...actorOf(open) }
      const { passed, codes } = await enrol(open, by)
      const next = app.openAttempts.withCodes(app.openAttempts.pass(open, passed), codes)
      await this.#passage.advance(ctx, interaction, next, leave)
    } catch (error) {
      if (error instanceof SignedOut) return this.#passage.restart(ctx, interaction, leave)
      if (!(error instanceof InvalidInput)) throw error
      await again(error.status, {
        code: proposal === undefined ? 'passkey-failed' : (error.fields.code as EnrolError['code']),
      })
    }
  }

  async #at(ctx: Context, interaction: Interaction): Promise<Decision | null> {
    const open = await this.#passage.find(ctx, interaction)
    return open && this.#passage.decide(ctx, interaction, open)
  }
}
