import type { App } from '../../../app.ts'
import type { Context } from '../../kit/request/context.ts'
import { readCookie, setCookie } from '../../kit/request/cookies.ts'
import type { SubmittedForm } from './submitted-form.ts'

const PURPOSE = 'kept form'

/** Characters: browsers keep cookies of up to about 4 kB. */
const MAX_LENGTH = 3_500

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
export function keepForm(app: App, ctx: Context, kept: Kept): void {
  const until = app.clock.now().getTime() + KEPT_FOR * 1000
  const sealed = app.sealing.seal(JSON.stringify({ ...kept, until }), PURPOSE)
  if (sealed.length <= MAX_LENGTH) writeCookie(app, ctx, sealed)
}

/** Returns the form kept for this page, once. */
export function takeForm(app: App, ctx: Context): Kept | null {
  const sealed = readCookie(ctx, cookieName(app))
  if (!sealed) return null
  const kept = open(app, sealed)
  if (kept && kept.page !== ctx.path) return null
  writeCookie(app, ctx, null)
  return kept && kept.until > app.clock.now().getTime() ? kept : null
}

/** Null if it was not sealed here, or its key has been removed. */
function open({ sealing }: App, sealed: string): (Kept & { until: number }) | null {
  try {
    return JSON.parse(sealing.open(sealed, PURPOSE))
  } catch {
    return null
  }
}

function writeCookie(app: App, ctx: Context, value: string | null): void {
  const { basePath, secure } = app.config
  setCookie(ctx, cookieName(app), value, { secure, path: `${basePath}/account`, maxAge: KEPT_FOR })
}

function cookieName({ config }: App): string {
  return config.secure ? '__Secure-gatehouse_kept_form' : 'gatehouse_kept_form'
}
