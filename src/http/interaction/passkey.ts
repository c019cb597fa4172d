import { InvalidInput, TooManyAttempts, WrongCredentials } from '../../base/refusals.ts'
import { AddressUnproven } from '../../login/sign-in.ts'
import type { Interaction } from '../../oidc/interaction.ts'
import type { Context } from '../context.ts'
import type { Admission } from './admission.ts'
import type { Leave, Parts } from './parts.ts'
import type { Passage } from './passage.ts'
import type { SigningIn } from './sign-in.ts'

/** A passkey on the sign-in page: it says who its owner is, and nothing more is asked. */
export class SigningInByPasskey {
  readonly #parts: Parts
  readonly #admission: Admission
  readonly #passage: Passage
  readonly #signingIn: SigningIn

  constructor(parts: Parts, admission: Admission, passage: Passage, signingIn: SigningIn) {
    this.#parts = parts
    this.#admission = admission
    this.#passage = passage
    this.#signingIn = signingIn
  }

  async submit(ctx: Context, interaction: Interaction, leave: Leave): Promise<void> {
    const { app, forms } = this.#parts
    const { form, visitor } = ctx.state
    const again = this.#signingIn.again(ctx, interaction, '')
    if (!forms.genuine(ctx)) return again(403, { code: 'form-expired' })
    try {
      const answer = { ceremony: form.get('ceremony') ?? '', response: form.get('response') ?? '' }
      const identified = await app.signIn.withPasskey(answer, { by: visitor, target: interaction.client.id })
      await this.#passage.enter(ctx, interaction, identified, leave)
    } catch (error) {
      if (error instanceof AddressUnproven) return this.#admission.sendLetter(ctx, interaction, error)
      if (error instanceof WrongCredentials) return again(error.status, { code: 'passkey-wrong' })
      if (error instanceof InvalidInput) return again(error.status, { code: 'form-expired' })
      if (error instanceof TooManyAttempts)
        return again(error.status, { code: 'passkey-too-many-attempts', retryAfter: error.retryAfter })
      throw error
    }
  }
}
