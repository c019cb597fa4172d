import type { Account } from '../../../accounts/account.ts'
import type { Actor } from '../../../base/actor.ts'
import type { UnverifiedSignIn } from '../../../login/awaiting-verification.ts'
import type { Identified } from '../../../login/sign-in.ts'
import type { Decision } from '../../../login/sign-in-requirements.ts'
import { form, page } from '../../kit/pages/route.ts'
import type { InteractionPages } from '../page-data.ts'
import { enter, find, standing } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'
import { returnTo } from './verification-return-cookie.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    /** The application is for people with a verified email: the email is sent when they say so. */
    'interaction/verify-email': SignInPage & { action: string; email: string }
    /** Asks to check the inbox; says the same whether or not there is an account. */
    'interaction/check-email': SignInPage & {
      /** as it was typed; null where it was typed on an earlier page */
      email: string | null
      /** whether the email can be sent again, and what came of it; null: not from here */
      resend: 'offered' | 'done' | 'limited' | null
      /** seconds; null: it can be sent at once */
      retryAfter: number | null
      resendAction: string
      /** goes on as soon as the link was opened, in any browser */
      continueUrl: string
      /** emails are shown there, and go nowhere else */
      mailbox: boolean
    }
  }
}

/** Where the email has to be verified before the person is signed in. */
export const emailVerificationRoutes = [
  page('/continue', proceed),
  form<Turn, 'limited'>('/resend', resend, {
    refusals: { too_many_attempts: 'limited' },
    async onRefusal(turn, { code, retryAfter = null }) {
      const waiting = await turn.app.awaitingVerification.find(turn.interaction.uid)
      checkMailPage(turn, { email: waiting?.email ?? null, resend: code, retryAfter })
    },
  }),
  form('/verify-email', sendProof, { leavesRecord: true }),
]

type CheckMail = Pick<InteractionPages['interaction/check-email'], 'email' | 'resend'> & { retryAfter?: number | null }

function checkMailPage(turn: Turn, { email, resend, retryAfter = null }: CheckMail): void {
  const { mailbox } = turn.app.config
  const [resendAction, continueUrl] = [turn.action('resend'), turn.action('continue')]
  turn.show('interaction/check-email', { email, resend, retryAfter, resendAction, continueUrl, mailbox })
}

/** They have shown who they are; whether the email is theirs is not known yet. */
export async function verifyFirst(turn: Turn, { account, method }: Identified): Promise<void> {
  await send(turn, account, turn.by)
  await waitForVerification(turn, { accountId: account.id, email: account.email, method })
}

/** Until the email is verified. Where there is no account, the same is said and kept. */
export async function waitForVerification(turn: Turn, waiting: UnverifiedSignIn): Promise<void> {
  const { app, ctx, interaction, bindingKey } = turn
  await app.awaitingVerification.keep(interaction.uid, waiting)
  await app.pendingIdentities.hold(bindingKey)
  returnTo(ctx, app.config, interaction.uid)
  checkMailPage(turn, { email: waiting.email, resend: 'offered' })
}

/** Once more, where the first email got lost. */
async function resend(turn: Turn): Promise<void> {
  const { app, by, browser, interaction } = turn
  const waiting = await app.awaitingVerification.find(interaction.uid)
  if (!waiting) return turn.restart()
  await app.pendingRegistration.resend(waiting, { by, locale: turn.ctx.state.locale, browser })
  checkMailPage(turn, { email: waiting.email, resend: 'done' })
}

/** The application is for people with a verified email: they are told before they get one. */
export function verifyEmailPage(turn: Turn, { signIn: { account } }: Decision): void {
  turn.show('interaction/verify-email', { email: account.email, action: turn.action('verify-email') })
}

async function sendProof(turn: Turn): Promise<void> {
  const { app, ctx, interaction } = turn
  const decision = await standing(turn)
  if (decision?.step !== 'verify-email') return turn.restart()
  const { account } = decision.signIn
  await send(turn, account, { ...turn.by, kind: 'account', id: account.id })
  returnTo(ctx, app.config, interaction.uid)
  checkMailPage(turn, { email: account.email, resend: null })
}

/** Back from the email, or asking whether it was answered elsewhere. */
async function proceed(turn: Turn): Promise<void> {
  const { awaitingVerification } = turn.app
  const { uid } = turn.interaction
  if (await find(turn)) return turn.restart()
  const identified = await awaitingVerification.resume(uid)
  if (identified) return enter(turn, identified)
  const waiting = await awaitingVerification.find(uid)
  checkMailPage(turn, { email: waiting?.email ?? null, resend: waiting && 'offered' })
}

function send({ app, browser, ctx }: Turn, account: Account, by: Actor): Promise<void> {
  return app.verification.send(account, { by, locale: ctx.state.requestedLocale ?? account.language, browser })
}
