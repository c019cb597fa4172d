import type { Context } from '../context.ts'
import { form, page } from './route.ts'
import { enter } from './sign-in-flow.ts'
import type { Parts, Turn } from './turn.ts'

/** The link in an email that signs in. Opening it changes nothing, since mail scanners open it too. */
export const emailLinkRoutes = [
  page('/mail/:token', linkPage, { before: elsewhere }),
  form('/mail/:token', withLink, {
    before: elsewhere,
    says: { link_invalid: 'invalid', 'wrong-credentials': 'invalid' },
    again: invalid,
  }),
]

/** In any other browser than the one that asked for the email there is no interaction to go on with. */
async function elsewhere(parts: Parts, ctx: Context): Promise<boolean> {
  const browser = parts.forms.browser(ctx)
  const place = browser === null ? null : { interaction: String(ctx.params.uid), browser }
  const found = await parts.app.mailSignIn.look(place, tokenOf(ctx))
  if (found === 'elsewhere') {
    ctx.status = 403
    parts.show(ctx, 'interaction/mail-elsewhere', {})
  } else if (found === null) invalid({ parts, ctx })
  return found === null || found === 'elsewhere'
}

async function linkPage(turn: Turn): Promise<void> {
  const token = tokenOf(turn.ctx)
  const account = await turn.app.mailSignIn.look(turn.place, token)
  if (account === null || account === 'elsewhere') return invalid(turn)
  turn.show('interaction/mail-link', { email: account.email, action: turn.action(`mail/${token}`) })
}

async function withLink(turn: Turn): Promise<void> {
  await enter(turn, await turn.app.mailSignIn.withLink(turn.place, tokenOf(turn.ctx), turn.circumstances))
}

function invalid({ parts, ctx }: Pick<Turn, 'parts' | 'ctx'>): void {
  ctx.status = 404
  parts.show(ctx, 'lifecycle/link-invalid', {})
}

function tokenOf(ctx: Context): string {
  return String(ctx.params.token)
}
