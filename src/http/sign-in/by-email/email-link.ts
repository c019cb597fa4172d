import { Forbidden } from '../../../base/refusals.ts'
import { linkInvalid } from '../../kit/pages/page-request.ts'
import { form, page } from '../../kit/pages/route.ts'
import type { Context } from '../../kit/request/context.ts'
import { enter } from '../sign-in-flow.ts'
import type { Parts, Step, Turn } from '../turn.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/email-link': SignInPage & { action: string; email: string }
  }
}

/** The link in an email that signs in. Opening it changes nothing, since mail scanners open it too. */
export const emailLinkRoutes: Step[] = [
  { ...page('/email/:token', linkPage), before: elsewhere },
  {
    ...form('/email/:token', withLink, {
      refusals: { link_invalid: 'invalid', wrong_credentials: 'invalid' },
      onRefusal: turn => turn.linkInvalid(),
    }),
    before: elsewhere,
  },
]

/** A browser other than the one that requested the email has no interaction here. */
async function elsewhere({ app, forms, show }: Parts, ctx: Context): Promise<boolean> {
  const browser = forms.browserId(ctx)
  const { uid, token } = ctx.params
  const found = await app.emailSignIn.look(
    browser === null ? null : { interaction: String(uid), browser },
    String(token),
  )
  if (found !== 'elsewhere' && found !== null) return false
  ctx.status = found ? 403 : 404
  ctx.state.notes.error = found
    ? new Forbidden('the email was requested in another browser', 'other_browser')
    : linkInvalid()
  if (found) show(ctx, 'interaction/email-link-other-browser', {})
  else show(ctx, 'links/link-invalid', { requestId: ctx.state.requestId })
  return true
}

async function linkPage(turn: Turn): Promise<void> {
  const { app, binding, token } = turn
  const account = await app.emailSignIn.look(binding, token)
  if (account === null || account === 'elsewhere') return turn.linkInvalid()
  turn.show('interaction/email-link', { email: account.email, action: turn.action(`email/${token}`) })
}

async function withLink(turn: Turn): Promise<void> {
  await enter(turn, await turn.app.emailSignIn.withLink(turn.binding, turn.token, turn.circumstances))
}
