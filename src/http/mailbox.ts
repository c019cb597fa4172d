import type { App } from '../app.ts'
import { NotFound } from '../base/refusals.ts'
import { LOOPBACK } from '../clients/uris.ts'
import type { DeliveredEmail } from '../email/delivered-email.ts'
import type { EmailHead } from './kit/pages/page-parts.ts'
import type { Show } from './kit/pages/show.ts'
import { type Context, createRoutes, type Routes } from './kit/request/context.ts'
import { allowOwnFrame } from './middleware/security-headers.ts'

/** An email is shown without scripts, forms or an origin of its own; its links open in a new tab. */
const EMAIL_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ')

/** The mailbox of test mode: all emails, newest first. There is none in production, or with a mail server. */
export function mailboxRoutes({ app, show }: { app: App; show: Show }): Routes {
  const router = createRoutes()
  const { mailbox, config } = app

  /** Any other host name is refused: its owner could point it here and read the emails from a page (DNS rebinding). */
  router.use((ctx, next) => {
    const asked = URL.parse(`http://${ctx.get('host')}`)
    const own = asked?.hostname === new URL(config.issuer).hostname
    if (!own && !LOOPBACK.has(asked?.hostname ?? '')) ctx.throw(404)
    return next()
  })

  router.get('/mailbox', async ctx => {
    show(ctx, 'mailbox/list', { emails: (await mailbox.emails()).map(head) })
  })

  router.get('/mailbox/:id', async ctx => {
    const email = await find(ctx)
    allowOwnFrame(ctx)
    show(ctx, 'mailbox/email', { email: head(email), text: withLinks(email.text, config.issuer) })
  })

  router.get('/mailbox/:id/html', async ctx => {
    const email = await find(ctx)
    ctx.set({
      'Content-Security-Policy': EMAIL_POLICY,
      'X-Frame-Options': 'SAMEORIGIN',
      'Cache-Control': 'no-store',
    })
    ctx.type = 'html'
    ctx.body = email.html
  })

  async function find(ctx: Context): Promise<DeliveredEmail> {
    const email = await mailbox.email(ctx.params.id ?? '')
    if (!email) throw new NotFound('this email is no longer kept')
    return email
  }

  return router
}

function head({ id, subject, recipient, deliveredAt }: DeliveredEmail): EmailHead {
  return { id, subject, to: recipient, at: deliveredAt }
}

/** A text in pieces, of which our own addresses are links. */
function withLinks(text: string, issuer: string): { text: string; url: string | null }[] {
  return text
    .split(/(https?:\/\/\S+)/)
    .filter(piece => piece !== '')
    .map(piece => ({ text: piece, url: piece.startsWith(`${issuer}/`) ? piece : null }))
}
