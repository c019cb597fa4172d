import type { App } from '../../app.ts'
import {
  Busy,
  Conflict,
  Forbidden,
  InvalidInput,
  NotFound,
  TooManyAttempts,
  WrongCredentials,
} from '../../base/refusals.ts'
import type { OwnerProof } from '../../lifecycle/former-owner.ts'
import type { Context } from '../context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { UndoAddressError } from '../page-data.ts'
import type { Show } from '../show.ts'

/**
 * The page behind the link that undoes a change of address: it asks for a proof, and for nothing that a browser without
 * scripts cannot give. All its forms are posted to its own address, so that it can always be loaded again.
 */
export class UndoingAddress {
  readonly #app: App
  readonly #forms: Forms
  readonly #show: Show

  constructor({ app, forms, show }: { app: App; forms: Forms; show: Show }) {
    this.#app = app
    this.#forms = forms
    this.#show = show
  }

  /** Looking changes nothing: mail scanners look too. */
  async page(ctx: Context, error: UndoAddressError | null = null): Promise<void> {
    const token = tokenOf(ctx)
    const browser = this.#forms.acquainted(ctx)
    const restorable = await this.#app.addressRestore.look(token, { browser })
    if (!restorable) return this.#gone(ctx)
    const { address, password, totp, passkey, codeSent } = restorable
    const action = this.#action(ctx)
    const csrf = this.#forms.token(ctx, action)
    this.#show(ctx, 'lifecycle/undo-address', {
      action,
      csrf,
      address,
      password,
      totp,
      passkey: passkey && { action, csrf, ...passkey },
      codeSent,
      mailbox: this.#app.config.mailbox,
      error,
    })
  }

  async submit(ctx: Context): Promise<void> {
    const { form, visitor: by } = ctx.state
    if (!this.#forms.genuine(ctx)) return this.#again(ctx, 403, { code: 'form-expired' })
    const browser = this.#forms.acquainted(ctx)
    const proof = proofOf(form, browser)
    try {
      if (!proof) {
        await this.#app.addressRestore.sendCode(tokenOf(ctx), { by, browser })
        ctx.status = 303
        ctx.redirect(this.#action(ctx))
        return
      }
      const { email } = await this.#app.addressRestore.complete(tokenOf(ctx), proof, { by })
      this.#done(ctx, email)
    } catch (error) {
      if (error instanceof Forbidden || error instanceof NotFound) return this.#gone(ctx)
      const problem = problemOf(error, proof)
      if (!problem) throw error
      await this.#again(ctx, (error as { status: number }).status, problem)
    }
  }

  async #again(ctx: Context, status: number, problem: UndoAddressError): Promise<void> {
    ctx.status = status
    if (problem.retryAfter) ctx.set('Retry-After', String(problem.retryAfter))
    await this.page(ctx, problem)
  }

  /** A link that was used says so, as long as the account has the address to which it led. */
  async #gone(ctx: Context): Promise<void> {
    const address = await this.#app.addressRestore.done(tokenOf(ctx))
    if (address !== null) return this.#done(ctx, address)
    ctx.status = 404
    this.#show(ctx, 'lifecycle/link-invalid', {})
  }

  #done(ctx: Context, address: string): void {
    ctx.status = 200
    this.#show(ctx, 'lifecycle/done', { what: 'undo-address', address, mailbox: this.#app.config.mailbox })
  }

  #action(ctx: Context): string {
    return `${this.#app.config.basePath}/undo-address/${tokenOf(ctx)}`
  }
}

function tokenOf(ctx: Context): string {
  return String(ctx.params.token)
}

/** null: a code is asked for. */
function proofOf(form: URLSearchParams, browser: string): OwnerProof | null {
  const field = (name: string) => form.get(name) ?? ''
  if (form.has('ceremony')) return { way: 'passkey', ceremony: field('ceremony'), response: field('response') }
  if (form.has('password')) return { way: 'password', password: field('password') }
  if (form.has('code')) return { way: 'totp', code: field('code') }
  if (form.has('email-code')) return { way: 'email-code', code: field('email-code'), browser }
  return null
}

function problemOf(error: unknown, proof: OwnerProof | null): UndoAddressError | null {
  if (error instanceof TooManyAttempts || error instanceof Busy)
    return { code: proof ? error.code : 'too-many-emails', retryAfter: error.retryAfter }
  if (error instanceof WrongCredentials && proof) return { code: `wrong-${proof.way}` }
  if (error instanceof InvalidInput) return { code: 'form-expired' }
  if (error instanceof Conflict) return { code: 'address-gone' }
  return null
}
