import { SignedOut } from '../../base/refusals.ts'
import { reaches } from '../../login/assurance.ts'
import { signInUrl } from '../../oidc/clients/own-client.ts'
import { TWO_FACTORS } from '../../oidc/people/acr.ts'
import { type SignedIn, signedIn } from '../../oidc/sessions/signed-in.ts'
import type { Context } from '../kit/request/context.ts'
import { refused } from '../middleware/forms.ts'
import { type Action, readOnly } from './action.ts'
import { keepForm, takeForm } from './forms/kept-form.ts'
import { submittedForm } from './forms/submitted-form.ts'
import type { AccountParts, AccountRequest } from './page.ts'
import { pageNamed } from './sections.ts'

/** Seconds since the sign-in within which sensitive pages open; their forms are accepted a little longer. */
const RECENT = 10 * 60
const RECENT_POST = 20 * 60

type Answer = (request: AccountRequest) => Promise<void>
type Wanted = {
  recent?: boolean | undefined
  /** It only shows what the account has. */
  reads?: boolean
}
type Session = { signed: SignedIn | null; factorsMet: boolean; recent: boolean; enough: boolean }

/**
 * Requires a session, and a recent sign-in for sensitive pages; otherwise it redirects to the sign-in, which returns to the
 * page. A form is accepted only in the session in which it was shown. If the same person has signed in again since, it is
 * shown once more, with the typed fields that it keeps. While an administrator acts as the person, pages can be read, and
 * everything else is refused.
 */
export class RequireSession {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  /** Opens a page, or does what a link says. */
  async open(ctx: Context, { recent, reads = false }: Wanted, answer: Answer): Promise<void> {
    const session = await this.#session(ctx, recent ? RECENT : undefined)
    if (!reads || recent) refuseImpersonated(session.signed)
    const entered = await this.#enter(ctx, session, async request => {
      const kept = takeForm(this.#parts.app, ctx)
      const theirs = kept && this.#parts.forms.checkAccountToken(ctx, kept.csrf, holder(request)) !== 'invalid'
      await answer({ ...request, submitted: theirs ? kept.submitted : null })
    })
    if (!entered) this.#signIn(ctx, ctx.path, session)
  }

  /** Takes a posted form. @param again shows its page once more */
  async submit(
    ctx: Context,
    { action, item }: { action: Action; item: string },
    { send, again }: { send: Answer; again: Answer },
  ): Promise<void> {
    const { app, forms } = this.#parts
    const page = `/account${pageNamed(action.form!.page).path}`
    const csrf = ctx.state.form.get('csrf') ?? ''
    const typed = submittedForm({ action: action.name, item, keeps: action.form?.keeps }, ctx.state.form)
    const keeps = Object.values(typed.typed).some(Boolean)
    const session = await this.#session(ctx, action.recent ? RECENT_POST : undefined)
    refuseImpersonated(session.signed)
    const entered = await this.#enter(ctx, session, async request => {
      const token = forms.checkAccountToken(ctx, csrf, holder(request))
      if (token === 'invalid') throw refused()
      if (token === 'current') return send(request)
      ctx.status = keeps ? 403 : 303
      if (keeps) await again({ ...request, submitted: typed })
      else ctx.redirect(`${app.config.basePath}${page}?done=again`)
    })
    if (entered) return
    if (keeps) keepForm(app, ctx, { page, csrf, submitted: typed })
    this.#signIn(ctx, page, session)
  }

  /** The session, and whether it is enough. @param maxAge seconds */
  async #session(ctx: Context, maxAge: number | undefined): Promise<Session> {
    const { app, current } = this.#parts
    const signed = await signedIn(app, current, ctx)
    const age = app.clock.now().getTime() / 1000 - (signed?.signedInAt ?? 0)
    // A person with a second factor needs it for sensitive changes.
    const factorsMet = !signed?.person.secondFactor || reaches(signed.level, '2fa')
    const enough = maxAge === undefined || (age <= maxAge && factorsMet)
    return { signed, factorsMet, recent: maxAge !== undefined, enough }
  }

  /** @returns false if the person has to sign in, because there is no session or it ended before the work was done */
  async #enter(ctx: Context, { signed, enough }: Session, answer: Answer): Promise<boolean> {
    if (!signed || !enough) return false
    ctx.state.notes.account = signed.person.id
    try {
      await answer({ ...signed, app: this.#parts.app, ctx, submitted: null })
      return true
    } catch (error) {
      if (error instanceof SignedOut) return false
      throw error
    }
  }

  #signIn(ctx: Context, page: string, { factorsMet, recent }: Session): void {
    ctx.status = 303
    const freshness = recent ? { maxAge: RECENT, ...(factorsMet ? {} : { acr: TWO_FACTORS }) } : {}
    ctx.redirect(signInUrl(this.#parts.app.config, page, freshness))
  }
}

function refuseImpersonated(signed: SignedIn | null): void {
  if (signed?.impersonation) throw readOnly()
}

export function holder({ person, uid }: SignedIn) {
  return { account: person.id, session: uid }
}
