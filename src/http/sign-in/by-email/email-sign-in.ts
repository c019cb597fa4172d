import { NotFound } from '../../../base/refusals.ts'
import { form, page } from '../../kit/pages/route.ts'
import { enter } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'
import { pendingIdentity } from '../upstream/pending-identity.ts'

/** `limited`: more emails were asked for than are sent at once. */
export interface MailError {
  code: 'limited' | 'form-expired'
  /** seconds */
  retryAfter?: number
}

export interface MailCodeError {
  code: 'wrong' | 'too-many-attempts' | 'busy' | 'form-expired'
  /** seconds */
  retryAfter?: number
}

declare module '../page-data.ts' {
  interface InteractionPages {
    /** Asks where to send an email that signs in. */
    'interaction/email-sign-in': SignInPage & {
      action: string
      values: { email: string }
      /** whether a username does as well */
      usernames: boolean
      error: MailError | null
    }
    /** Asks for the code from that email; says the same whether or not there is an account. */
    'interaction/email-code': SignInPage & {
      action: string
      /** as it was typed */
      email: string
      /** where another email is asked for */
      againAction: string
      /** emails are shown there, and go nowhere else */
      mailbox: boolean
      error: MailCodeError | null
    }
  }
}

/** Signing in by email: asking for one, and typing the code from it. What its link does is in email-link.ts. */
export const emailSignInRoutes = [
  page('/email', emailPage),
  form<Turn, MailError['code']>('/email', send, {
    leavesRecord: true,
    refusals: { too_many_attempts: 'limited', forbidden_form: 'form-expired' },
    onRefusal: async (turn, error) => askPage(turn, await emailFor(turn, turn.field('email')), error),
  }),
  form<Turn, MailCodeError['code']>('/email-code', withCode, {
    refusals: {
      wrong_credentials: 'wrong',
      too_many_attempts: 'too-many-attempts',
      busy: 'busy',
      forbidden_form: 'form-expired',
    },
    onRefusal: emailPage,
  }),
]

/** Asks for the email; once one was asked for here, for the code from it. */
async function emailPage(turn: Turn, error: MailCodeError | null = null): Promise<void> {
  const { app, interaction } = turn
  const email = await asked(turn)
  if (email === null) return askPage(turn, await emailFor(turn, interaction.request.parameter('login_hint')))
  const [action, againAction] = [turn.action('email-code'), turn.action('email')]
  turn.show('interaction/email-code', { action, email, againAction, mailbox: app.config.mailbox, error })
}

function askPage(turn: Turn, email: string, error: MailError | null = null): void {
  const usernames = turn.app.config.signInWithUsername
  turn.show('interaction/email-sign-in', { action: turn.action('email'), values: { email }, usernames, error })
}

/** The same answer whether or not there is such an account. */
async function send(turn: Turn): Promise<void> {
  const { app, binding, bindingKey } = turn
  const email = await emailFor(turn, turn.field('email'))
  if (email.trim() === '') return askPage(turn, '')
  // Before there is an email: its delivery begins at once, and what waits for that tells that there is one.
  await app.pendingIdentities.hold(bindingKey)
  const locale = turn.ctx.state.requestedLocale ?? undefined
  await app.signInEmails.request(email, binding, { ...turn.circumstances, locale })
  turn.redirect(turn.action('email'))
}

async function withCode(turn: Turn): Promise<void> {
  const { app, browserTokens, binding } = turn
  if ((await asked(turn)) === null) return askFirst(turn)
  await enter(
    turn,
    await app.emailSignIn.withCode(binding, { code: turn.field('code'), browserTokens }, turn.circumstances),
  )
}

async function askFirst(turn: Turn): Promise<void> {
  await emailFor(turn, null)
  turn.redirect(turn.action('email'))
}

/**
 * The address for which an email may be asked for. Where nobody signs in by email, only the owner of an upstream identity
 * gets one: it proves that the account with its address is theirs.
 */
async function emailFor(turn: Turn, typed: string | null): Promise<string> {
  if (turn.app.config.signInByEmail) return typed ?? ''
  const { identity: pending } = (await pendingIdentity(turn)) ?? {}
  if (!pending?.accountId || !pending.identity.email) throw new NotFound('nobody signs in by email here')
  return pending.identity.email
}

async function asked({ app, knownBrowser, binding }: Turn): Promise<string | null> {
  return knownBrowser ? app.signInEmails.requestedFor(binding) : null
}
