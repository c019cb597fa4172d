import type { App } from '../../../app.ts'
import type { Context } from '../../kit/request/context.ts'
import type { SubmittedForm } from './submitted-form.ts'

const PURPOSE = 'kept form'

/** Characters: browsers keep cookies of about 4 kB. */
const LONGEST = 3_500

/** Milliseconds in which a person signs in again. */
const KEPT_FOR = 10 * 60_000

interface Kept {
  /** The path of the page that shows it. */
  page: string
  /** The token of the form, which names the person. */
  csrf: string
  submitted: SubmittedForm
}

/**
 * What a person typed into a form whose session had ended: it waits, sealed, in a cookie of that browser until they have
 * signed in again, and is then shown to them alone (require-session.ts). The server keeps nothing of it, however many ask.
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
    const sealed = sealing.seal(JSON.stringify({ ...kept, until: clock.now().getTime() + KEPT_FOR }), PURPOSE)
    if (sealed.length <= LONGEST) this.#set(ctx, sealed)
  }

  /** What was typed on this page, once; null where there is nothing. */
  take(ctx: Context): Kept | null {
    const sealed = ctx.cookies.get(this.#cookie, { signed: false })
    if (!sealed) return null
    const kept = this.#open(sealed)
    if (kept && kept.page !== ctx.path) return null
    this.#set(ctx, null)
    return kept && kept.until > this.#app.clock.now().getTime() ? kept : null
  }

  /** Null if we did not seal it, or the key has been removed. */
  #open(sealed: string): (Kept & { until: number }) | null {
    try {
      return JSON.parse(this.#app.sealing.open(sealed, PURPOSE))
    } catch {
      return null
    }
  }

  #set(ctx: Context, value: string | null): void {
    const { basePath, secure } = this.#app.config
    ctx.cookies.set(this.#cookie, value, {
      httpOnly: true,
      sameSite: 'lax',
      secure,
      path: `${basePath}/account`,
      signed: false,
      ...(value === null ? {} : { maxAge: KEPT_FOR }),
    })
  }
}
