import { METHODS } from '../../../login/assurance.ts'
import { type PasskeyForm, type ProviderView, providerView } from '../../kit/pages/page-parts.ts'
import { form } from '../../kit/pages/route.ts'
import type { SignInError } from '../page-data.ts'
import { enter } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'
import { type Pending, pendingIdentity } from './pending-identity.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/link-account': SignInPage & {
      action: string
      provider: ProviderView
      email: string
      mailAction: string
      /** target of the form that takes the account over; null if its email was verified */
      takeOverAction: string | null
      discardAction: string
      error: SignInError | null
      passkey: PasskeyForm | null
    }
  }
}

export const linkAccountRoutes = [
  form('/take-over-account', takeOver, {
    // The email was verified meanwhile, or another browser was faster.
    refusals: { pending_identity_gone: 'gone', account_gone: 'gone', takeover_not_allowed: 'gone', conflict: 'gone' },
    onRefusal: turn => turn.restart(),
  }),
]

/**
 * There is an account with the email of the upstream identity. The person signs in to it, in any way, to prove that it is
 * theirs; then the two are linked.
 */
export async function linkAccountPage(
  turn: Turn,
  { identity: { identity, takeoverAllowed }, provider }: Pending,
  error: SignInError | null,
): Promise<void> {
  turn.show('interaction/link-account', {
    provider: providerView(provider),
    email: identity.email ?? '',
    action: turn.action('sign-in'),
    mailAction: turn.action('email'),
    takeOverAction: takeoverAllowed ? turn.action('take-over-account') : null,
    discardAction: turn.action('discard-identity'),
    error,
    passkey: turn.app.webauthn.usable ? await turn.passkeyForm('passkey', null) : null,
  })
}

/** The email of that account was never verified, so the provider's verification of it is proof of ownership. */
async function takeOver(turn: Turn): Promise<void> {
  const { app, by, ctx, bindingKey } = turn
  if (!(await pendingIdentity(turn))?.identity.takeoverAllowed) return turn.restart()
  const { account, passed } = await app.accountTakeover.complete(bindingKey, { by, locale: ctx.state.locale })
  await enter(turn, { account, method: METHODS[passed] })
}
