import { SignedOut } from '../../base/refusals.ts'
import { reaches } from '../../login/assurance.ts'
import { signInUrl } from '../../oidc/clients/own-client.ts'
import { TWO_FACTORS } from '../../oidc/people/acr.ts'
import { type SignedIn, signedIn } from '../../oidc/sessions/signed-in.ts'
import type { Context } from '../kit/request/context.ts'
import { refused } from '../middleware/forms.ts'
import type { AccountParts, AccountRequest } from './account-request.ts'
import type { Action } from './action.ts'
import { KeptForm } from './forms/kept-form.ts'
import { submittedForm } from './forms/submitted-form.ts'
import { pages } from './sections.ts'

/** Seconds since the sign-in within which sensitive pages open; what they post is taken a little longer. */
const RECENT = 10 * 60
const RECENT_POST = 20 * 60

type Answer = (request: AccountRequest) => Promise<void>

/**
 * Lets in people who are signed in, and recently where it matters; sends everyone else to the normal sign-in and brings
 * them back to the page they wanted. The same happens when the session ends before the work is done. A form counts in the
 * session alone in which it was shown; one from before the same person signed in again is shown once more, with what was
 * typed into the fields that it keeps.
 */
export class RequireSession {
  readonly #parts: AccountParts
  readonly #kept: KeptForm

  constructor(parts: AccountParts) {
    this.#parts = parts
    this.#kept = new KeptForm(parts.app)
  }

  /** For what is opened by its address. */
  async open(ctx: Context, recent: boolean | undefined, answer: Answer): Promise<void> {
    const session = await this.#session(ctx, recent ? RECENT : undefined)
    const entered = await this.#enter(ctx, session, async request => {
      const kept = this.#kept.take(ctx)
      const theirs = kept && this.#parts.forms.checkAccountToken(ctx, kept.csrf, holder(request)) !== 'invalid'
      await answer({ ...request, submitted: theirs ? kept.submitted : null })
    })
    if (!entered) this.#signIn(ctx, ctx.path, session)
  }

  /** For a form that was sent. @param again shows its page once more */
  async submit(
    ctx: Context,
    { action, item }: { action: Action; item: string },
    { send, again }: { send: Answer; again: Answer },
  ): Promise<void> {
    const { app, forms } = this.#parts
    const page = `/account${pages[action.form!.page].path}`
    const csrf = ctx.state.form.get('csrf') ?? ''
    const typed = submittedForm({ action: action.name, item, keeps: action.form?.keeps }, ctx.state.form)
    const keeps = Object.values(typed.typed).some(Boolean)
    const session = await this.#session(ctx, action.recent ? RECENT_POST : undefined)
    const entered = await this.#enter(ctx, session, async request => {
      const standing = forms.checkAccountToken(ctx, csrf, holder(request))
      if (standing === 'invalid') throw refused()
      if (standing === 'current') return send(request)
      ctx.status = keeps ? 403 : 303
      if (keeps) await again({ ...request, submitted: typed })
      else ctx.redirect(`${app.config.basePath}${page}?done=again`)
    })
    if (entered) return
    if (keeps) this.#kept.keep(ctx, { page, csrf, submitted: typed })
    this.#signIn(ctx, page, session)
  }

  /** Who is signed in, and whether that is enough. @param maxAge seconds */
  async #session(ctx: Context, maxAge: number | undefined) {
    const { app, current } = this.#parts
    const signed = await signedIn(app, current, ctx)
    const age = app.clock.now().getTime() / 1000 - (signed?.signedInAt ?? 0)
    // Who has a second factor has shown it, before anything is done that could hurt.
    const sure = !signed?.person.secondFactor || reaches(signed.level, '2fa')
    return { signed, sure, recent: maxAge !== undefined, enough: maxAge === undefined || (age <= maxAge && sure) }
  }

  async #enter(
    ctx: Context,
    { signed, enough }: { signed: SignedIn | null; enough: boolean },
    answer: Answer,
  ): Promise<boolean> {
    if (!signed || !enough) return false
    try {
      await answer({ ...signed, app: this.#parts.app, ctx, submitted: null })
      return true
    } catch (error) {
      if (error instanceof SignedOut) return false
      throw error
    }
  }

  #signIn(ctx: Context, page: string, { sure, recent }: { sure: boolean; recent: boolean }): void {
    ctx.status = 303
    const freshness = recent ? { maxAge: RECENT, ...(sure ? {} : { acr: TWO_FACTORS }) } : {}
    ctx.redirect(signInUrl(this.#parts.app.config, page, freshness))
  }
}

export function holder({ person, uid }: SignedIn) {
  return { account: person.id, session: uid }
}
