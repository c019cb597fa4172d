import type { App } from '../../app.ts'
import { SignedOut } from '../../base/refusals.ts'
import { reaches } from '../../login/assurance.ts'
import { TWO_FACTORS } from '../../oidc/acr.ts'
import type { CurrentProvider } from '../../oidc/current-provider.ts'
import { signInAddress } from '../../oidc/own-client.ts'
import { type SignedIn, signedIn } from '../../oidc/signed-in.ts'
import type { Context, Handler } from '../context.ts'

/** Seconds since the sign-in within which sensitive pages open; what they post is taken a little longer. */
export const RECENT = 10 * 60
const RECENT_POST = 20 * 60

export type Visit = SignedIn

type Page = (ctx: Context, visit: Visit) => Promise<void> | void

/**
 * Lets in who is signed in, and recently where it matters; sends everybody else to the normal sign-in and brings them
 * back to the page they wanted. So it does with whoever was signed out before it was done what they came for.
 */
export class Door {
  readonly #app: App
  readonly #current: CurrentProvider

  constructor({ app, current }: { app: App; current: CurrentProvider }) {
    this.#app = app
    this.#current = current
  }

  open(page: Page): Handler {
    return ctx => this.#enter(ctx, page)
  }

  /** For what would hurt if somebody else sat down at this browser. */
  recent(page: Page): Handler {
    return ctx => this.#enter(ctx, page, ctx.method === 'POST' ? RECENT_POST : RECENT)
  }

  /** Back from the sign-in, to where the person wanted to go. */
  readonly callback: Handler = ctx => {
    const wanted = String(ctx.query.state ?? '')
    const { basePath } = this.#app.config
    ctx.status = 303
    ctx.redirect(/^\/account(\/[a-z-]+)?$/.test(wanted) ? basePath + wanted : `${basePath}/account`)
  }

  async #enter(ctx: Context, page: Page, maxAge?: number): Promise<void> {
    const visit = await signedIn(this.#app, this.#current, ctx)
    const age = this.#app.clock.now().getTime() / 1000 - (visit?.signedInAt ?? 0)
    // Who has a second factor has shown it, before anything is done that could hurt.
    const sure = !visit?.person.secondFactor || reaches(visit.level, '2fa')
    if (visit && (maxAge === undefined || (age <= maxAge && sure))) {
      try {
        return await page(ctx, visit)
      } catch (error) {
        if (!(error instanceof SignedOut)) throw error
      }
    }
    // A form cannot be carried through a sign-in: its page is opened again.
    const wanted = ctx.method === 'GET' ? ctx.path : (PAGE_OF[ctx.path] ?? '/account')
    ctx.status = 303
    const recent = maxAge === undefined ? {} : { maxAge: RECENT, ...(sure ? {} : { acr: TWO_FACTORS }) }
    ctx.redirect(signInAddress(this.#app.config, wanted, recent))
  }
}

/** Which page shows the form that is posted to an address. */
const PAGE_OF: Record<string, string> = {
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
