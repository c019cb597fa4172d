import type { Account } from '../../../accounts/account.ts'
import type { Actor } from '../../../base/actor.ts'
import type { UnverifiedSignIn } from '../../../login/awaiting-verification.ts'
import type { Identified } from '../../../login/sign-in.ts'
import type { Decision } from '../../../login/sign-in-requirements.ts'
import { form, page } from '../../kit/pages/route.ts'
import type { InteractionPages } from '../page-data.ts'
import { currentDecision, enter, findSignIn } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'
import { returnTo } from './verification-return-cookie.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    /** The application requires a verified email: the page says so before an email is sent. */
    'interaction/verify-email': SignInPage & { action: string; email: string }
    /** Asks to check the inbox; says the same whether or not there is an account. */
    'interaction/check-email': SignInPage & {
      /** as typed; null if it was typed on an earlier page */
      email: string | null
      /** whether the email can be sent again, or was; null: not from this page */
      resend: 'offered' | 'done' | 'limited' | null
      /** seconds */
      retryAfter: number | null
      resendAction: string
      /** continues if the link was opened, in any browser */
      continueUrl: string
      mailbox: boolean
    }
  }
}

/** Verification of the email before the person is signed in. */
export const emailVerificationRoutes = [
  page('/continue', proceed),
  form<Turn, 'limited'>('/resend', resend, {
    refusals: { too_many_attempts: 'limited' },
    async onRefusal(turn, { code, retryAfter }) {
      const waiting = await turn.app.awaitingVerification.find(turn.interaction.uid)
      checkEmailPage(turn, { email: waiting?.email ?? null, resend: code, retryAfter })
    },
  }),
  form('/verify-email', sendProof, { leavesRecord: true }),
]

type CheckEmail = Pick<InteractionPages['interaction/check-email'], 'email' | 'resend'> & { retryAfter?: number | null }

function checkEmailPage(turn: Turn, { email, resend, retryAfter = null }: CheckEmail): void {
  const { mailbox } = turn.app.config
  const [resendAction, continueUrl] = [turn.action('resend'), turn.action('continue')]
  turn.show('interaction/check-email', { email, resend, retryAfter, resendAction, continueUrl, mailbox })
}

/** Sends a verification email to a person who has authenticated. */
export async function verifyFirst(turn: Turn, { account, method }: Identified): Promise<void> {
  await send(turn, account, turn.by)
  await waitForVerification(turn, { accountId: account.id, email: account.email, method })
}

/** Stores the sign-in until the email is verified. If there is no account, the same is shown and stored. */
export async function waitForVerification(turn: Turn, waiting: UnverifiedSignIn): Promise<void> {
  const { app, ctx, interaction, bindingKey } = turn
  await app.awaitingVerification.keep(interaction.uid, waiting)
  await app.pendingIdentities.hold(bindingKey)
  returnTo(ctx, app.config, interaction.uid)
  checkEmailPage(turn, { email: waiting.email, resend: 'offered' })
}

async function resend(turn: Turn): Promise<void> {
  const { app, by, browser, interaction } = turn
  const waiting = await app.awaitingVerification.find(interaction.uid)
  if (!waiting) return turn.restart()
  await app.pendingRegistration.resend(waiting, { by, locale: turn.ctx.state.locale, browser })
  checkEmailPage(turn, { email: waiting.email, resend: 'done' })
}

export function verifyEmailPage(turn: Turn, { signIn: { account } }: Decision): void {
  turn.show('interaction/verify-email', { email: account.email, action: turn.action('verify-email') })
}

async function sendProof(turn: Turn): Promise<void> {
  const { app, ctx, interaction } = turn
  const decision = await currentDecision(turn)
  if (decision?.step !== 'verify-email') return turn.restart()
  const { account } = decision.signIn
  await send(turn, account, { ...turn.by, kind: 'account', id: account.id })
  returnTo(ctx, app.config, interaction.uid)
  checkEmailPage(turn, { email: account.email, resend: null })
}

/** Continues after the emailed link, or checks whether the link was opened in another browser. */
async function proceed(turn: Turn): Promise<void> {
  const { awaitingVerification } = turn.app
  const { uid } = turn.interaction
  if (await findSignIn(turn)) return turn.restart()
  const identified = await awaitingVerification.resume(uid)
  if (identified) return enter(turn, identified)
  const waiting = await awaitingVerification.find(uid)
  checkEmailPage(turn, { email: waiting?.email ?? null, resend: waiting && 'offered' })
}

function send({ app, browser, ctx }: Turn, account: Account, by: Actor): Promise<void> {
  return app.verification.send(account, { by, locale: ctx.state.requestedLocale ?? account.language, browser })
}
