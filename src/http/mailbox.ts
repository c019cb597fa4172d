import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import type { App } from '../app.ts'
import { NotFound } from '../base/refusals.ts'
import type { DeliveredLetter } from '../mail/delivered-letter.ts'
import type { Context, State } from './context.ts'
import { contentSecurityPolicy } from './middleware/security-headers.ts'
import type { LetterHead } from './page-data.ts'
import type { Show } from './show.ts'

/** A letter is somebody else's document: no script, no form, no origin; its links open beside it. */
const LETTER_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'self'",
  'sandbox allow-popups allow-popups-to-escape-sandbox',
].join('; ')

const THIS_MACHINE = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * The mailbox of somebody who tries Gatehouse out: everybody's letters, newest first. Not there in production, nor with
 * a mail server.
 */
export function mailboxRoutes({ app, show }: { app: App; show: Show }): Router<State, DefaultContext> {
  const router = new Router<State, DefaultContext>({ sensitive: true })
  const { mailbox, config } = app

  /** Another name that leads here could be anybody's, whose pages would then read the letters (DNS rebinding). */
  router.use((ctx, next) => {
    const asked = URL.parse(`http://${ctx.get('host')}`)
    const own = asked?.hostname === new URL(config.issuer).hostname
    if (!own && !THIS_MACHINE.has(asked?.hostname ?? '')) ctx.throw(404)
    return next()
  })

  router.get('/mailbox', async ctx => {
    show(ctx, 'mailbox/list', { letters: (await mailbox.letters()).map(head) })
  })

  router.get('/mailbox/:id', async ctx => {
    const letter = await find(ctx)
    ctx.set('Content-Security-Policy', `${contentSecurityPolicy()}; frame-src 'self'`)
    show(ctx, 'mailbox/letter', { letter: head(letter), text: withLinks(letter.text, config.issuer) })
  })

  router.get('/mailbox/:id/html', async ctx => {
    const letter = await find(ctx)
    ctx.set({
      'Content-Security-Policy': LETTER_POLICY,
      'X-Frame-Options': 'SAMEORIGIN',
      'Cache-Control': 'no-store',
    })
    ctx.type = 'html'
    ctx.body = letter.html
  })

  async function find(ctx: Context): Promise<DeliveredLetter> {
    const letter = await mailbox.letter(ctx.params.id ?? '')
    if (!letter) throw new NotFound('this letter is no longer kept')
    return letter
  }

  return router
}

function head({ id, subject, recipient, deliveredAt }: DeliveredLetter): LetterHead {
  return { id, subject, to: recipient, at: deliveredAt }
}

/** A text in pieces, of which our own addresses are links. */
function withLinks(text: string, issuer: string): { text: string; url: string | null }[] {
  return text
    .split(/(https?:\/\/\S+)/)
    .filter(piece => piece !== '')
    .map(piece => ({ text: piece, url: piece.startsWith(`${issuer}/`) ? piece : null }))
}
