import type { App } from '../../app.ts'
import type { OwnerProof } from '../../lifecycle/former-owner.ts'
import type { Context } from '../context.ts'
import { attempt } from '../kit/answers.ts'
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

  submit(ctx: Context): Promise<void> {
    const { form, visitor: by } = ctx.state
    const browser = this.#forms.acquainted(ctx)
    const proof = proofOf(form, browser)
    const prove = async () => {
      this.#forms.demandGenuine(ctx)
      if (proof) {
        const { email } = await this.#app.addressRestore.complete(tokenOf(ctx), proof, { by })
        return this.#done(ctx, email)
      }
      await this.#app.addressRestore.sendCode(tokenOf(ctx), { by, browser })
      ctx.status = 303
      ctx.redirect(this.#action(ctx))
    }
    const gone = () => this.#gone(ctx)
    return attempt<UndoAddressError['code']>(ctx, prove, {
      says: {
        forbidden_form: 'form-expired',
        invalid_input: 'form-expired',
        'wrong-credentials': proof ? `wrong-${proof.way}` : undefined,
        'too-many-attempts': proof ? 'too-many-attempts' : 'too-many-emails',
        busy: 'busy',
        conflict: 'address-gone',
        link_invalid: gone,
        account_gone: gone,
      },
      again: problem => this.page(ctx, problem),
    })
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
