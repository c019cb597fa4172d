import type { App } from '../../app.ts'
import { SignedOut } from '../../base/refusals.ts'
import { reaches } from '../../login/assurance.ts'
import { TWO_FACTORS } from '../../oidc/acr.ts'
import type { CurrentProvider } from '../../oidc/current-provider.ts'
import { signInAddress } from '../../oidc/own-client.ts'
import { type SignedIn, signedIn } from '../../oidc/signed-in.ts'
import type { Context, Handler } from '../context.ts'
import { type Forms, type Holder, refused } from '../middleware/forms.ts'
import { KeptForm } from './kept-form.ts'

/** Seconds since the sign-in within which sensitive pages open; what they post is taken a little longer. */
const RECENT = 10 * 60
const RECENT_POST = 20 * 60

export type Visit = SignedIn

export function holderOf({ person, uid }: Visit): Holder {
  return { account: person.id, session: uid }
}

export type Page = (ctx: Context, visit: Visit) => Promise<void> | void

/**
 * Lets in who is signed in, and recently where it matters; sends everybody else to the normal sign-in and brings them
 * back to the page they wanted. The same happens when the session ends before the work is done. What is
 * posted counts in the session alone in which its form was shown; a form from before the same person signed in again is
 * shown once more, with what was typed where a page is named that can show it.
 */
export class Door {
  readonly #app: App
  readonly #current: CurrentProvider
  readonly #forms: Forms
  readonly #kept: KeptForm

  constructor({ app, current, forms }: { app: App; current: CurrentProvider; forms: Forms }) {
    this.#app = app
    this.#current = current
    this.#forms = forms
    this.#kept = new KeptForm(app)
  }

  /** @param again shows the form once more, with what was typed: no secrets */
  open(page: Page, again?: Page): Handler {
    return ctx => this.#enter(ctx, page, again)
  }

  /** For what would hurt if somebody else sat down at this browser. */
  recent(page: Page, again?: Page): Handler {
    return ctx => this.#enter(ctx, page, again, ctx.method === 'POST' ? RECENT_POST : RECENT)
  }

  /** Back from the sign-in, to where the person wanted to go. */
  readonly callback: Handler = ctx => {
    const wanted = String(ctx.query.state ?? '')
    const { basePath } = this.#app.config
    ctx.status = 303
    ctx.redirect(/^\/account(\/[a-z-]+)?$/.test(wanted) ? basePath + wanted : `${basePath}/account`)
  }

  async #enter(ctx: Context, page: Page, again?: Page, maxAge?: number): Promise<void> {
    const visit = await signedIn(this.#app, this.#current, ctx)
    const age = this.#app.clock.now().getTime() / 1000 - (visit?.signedInAt ?? 0)
    // Who has a second factor has shown it, before anything is done that could hurt.
    const sure = !visit?.person.secondFactor || reaches(visit.level, '2fa')
    if (visit && (maxAge === undefined || (age <= maxAge && sure))) {
      try {
        return await this.#let(ctx, visit, page, again)
      } catch (error) {
        if (!(error instanceof SignedOut)) throw error
      }
    }
    const wanted = ctx.method === 'GET' ? ctx.path : pageOf(ctx)
    if (ctx.method === 'POST' && again) this.#kept.keep(ctx, wanted)
    ctx.status = 303
    const recent = maxAge === undefined ? {} : { maxAge: RECENT, ...(sure ? {} : { acr: TWO_FACTORS }) }
    ctx.redirect(signInAddress(this.#app.config, wanted, recent))
  }

  async #let(ctx: Context, visit: Visit, page: Page, again?: Page): Promise<void> {
    if (ctx.method !== 'POST') {
      const typed = this.#kept.take(ctx)
      if (typed) ctx.state.form = typed
      ctx.state.earlier = typed !== null && this.#forms.standing(ctx, holderOf(visit)) !== 'foreign'
      return page(ctx, visit)
    }
    const standing = this.#forms.standing(ctx, holderOf(visit))
    if (standing === 'foreign') throw refused()
    if (standing === 'genuine') return page(ctx, visit)
    ctx.state.earlier = true
    if (!again) {
      ctx.status = 303
      return ctx.redirect(`${this.#app.config.basePath}${pageOf(ctx)}?done=again`)
    }
    ctx.status = 403
    await again(ctx, visit)
  }
}

function pageOf({ path }: Context): string {
  return PAGE_OF[path] ?? '/account'
}

/** Which page shows the form that is posted to an address. */
const PAGE_OF: Record<string, string> = {
  '/account/profile': '/account/profile',
  '/account/verification': '/account/profile',
  '/account/password': '/account/security',
  '/account/set-password': '/account/security',
  '/account/remove-password': '/account/security',
  '/account/add-passkey': '/account/security',
  '/account/rename-passkey': '/account/security',
  '/account/remove-passkey': '/account/security',
  '/account/connect': '/account/security',
  '/account/disconnect': '/account/security',
  '/account/address': '/account/security',
  '/account/authenticator-app': '/account/authenticator-app',
  '/account/remove-authenticator-app': '/account/security',
  '/account/recovery-codes': '/account/security',
  '/account/distrust': '/account/security',
  '/account/distrust-all': '/account/security',
  '/account/keep-factors': '/account/security',
  '/account/delete': '/account/data',
  '/account/end-session': '/account/sessions',
  '/account/end-other-sessions': '/account/sessions',
  '/account/withdraw': '/account/applications',
}
