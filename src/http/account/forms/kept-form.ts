import type { App } from '../../../app.ts'
import type { Context } from '../../kit/request/context.ts'
import { readCookie, setCookie } from '../../kit/request/cookies.ts'
import type { SubmittedForm } from './submitted-form.ts'

const PURPOSE = 'kept form'

/** Characters: browsers keep cookies of about 4 kB. */
const LONGEST = 3_500

/** Seconds in which the person has to sign in again. */
const KEPT_FOR = 10 * 60

interface Kept {
  /** The path of the page that shows it. */
  page: string
  /** The token of the form, which names the person. */
  csrf: string
  submitted: SubmittedForm
}

/**
 * Keeps what a person typed into a form whose session had ended, sealed in a cookie, until they have signed in again. The
 * page then shows it to the same person only (require-session.ts).
 */
export class KeptForm {
  readonly #app: App
  readonly #cookie: string

  constructor(app: App) {
    this.#app = app
    this.#cookie = app.config.secure ? '__Secure-gatehouse_kept_form' : 'gatehouse_kept_form'
  }

  keep(ctx: Context, kept: Kept): void {
    const { sealing, clock } = this.#app
    const sealed = sealing.seal(JSON.stringify({ ...kept, until: clock.now().getTime() + KEPT_FOR * 1000 }), PURPOSE)
    if (sealed.length <= LONGEST) this.#set(ctx, sealed)
  }

  /** Returns the form kept for this page, once. */
  take(ctx: Context): Kept | null {
    const sealed = readCookie(ctx, this.#cookie)
    if (!sealed) return null
    const kept = this.#open(sealed)
    if (kept && kept.page !== ctx.path) return null
    this.#set(ctx, null)
    return kept && kept.until > this.#app.clock.now().getTime() ? kept : null
  }

  /** Null if it was not sealed here, or its key has been removed. */
  #open(sealed: string): (Kept & { until: number }) | null {
    try {
      return JSON.parse(this.#app.sealing.open(sealed, PURPOSE))
    } catch {
      return null
    }
  }

  #set(ctx: Context, value: string | null): void {
    const { basePath, secure } = this.#app.config
    setCookie(ctx, this.#cookie, value, { secure, path: `${basePath}/account`, maxAge: KEPT_FOR })
  }
}
