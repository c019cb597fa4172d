import { NotFound } from '../../../base/refusals.ts'
import type { PageError } from '../../kit/errors/error-responses.ts'
import { form, page } from '../../kit/pages/route.ts'
import { enter } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'
import { pendingIdentity } from '../upstream/pending-identity.ts'

/** `limited`: too many emails were requested. */
export type EmailError = PageError<'limited' | 'form-expired'>

type EmailCodeError = PageError<'wrong' | 'too-many-attempts' | 'busy' | 'form-expired'>

declare module '../page-data.ts' {
  interface InteractionPages {
    /** Asks for the address to which the sign-in email is sent. */
    'interaction/email-sign-in': SignInPage & {
      action: string
      values: { email: string }
      /** whether a username is accepted too */
      usernames: boolean
      error: EmailError | null
    }
    /** Asks for the code from that email; says the same whether or not there is an account. */
    'interaction/email-code': SignInPage & {
      action: string
      /** as it was typed */
      email: string
      againAction: string
      mailbox: boolean
      error: EmailCodeError | null
    }
  }
}

/** Signing in by email: requesting one, and typing its code. Its link is handled by email-link.ts. */
export const emailSignInRoutes = [
  page('/email', emailPage),
  form<Turn, EmailError['code']>('/email', send, {
    leavesRecord: true,
    refusals: { too_many_attempts: 'limited', forbidden_form: 'form-expired' },
    onRefusal: async (turn, error) => addressPage(turn, await emailFor(turn, turn.field('email')), error),
  }),
  form<Turn, EmailCodeError['code']>('/email-code', withCode, {
    refusals: {
      wrong_credentials: 'wrong',
      too_many_attempts: 'too-many-attempts',
      busy: 'busy',
      forbidden_form: 'form-expired',
    },
    onRefusal: emailPage,
  }),
]

/** Asks for the code if this browser has requested an email, else for the address. */
async function emailPage(turn: Turn, error: EmailCodeError | null = null): Promise<void> {
  const { app, interaction } = turn
  const email = await requestedEmail(turn)
  if (email === null) return addressPage(turn, await emailFor(turn, interaction.request.parameter('login_hint')))
  const [action, againAction] = [turn.action('email-code'), turn.action('email')]
  turn.show('interaction/email-code', { action, email, againAction, mailbox: app.config.mailbox, error })
}

function addressPage(turn: Turn, email: string, error: EmailError | null = null): void {
  const usernames = turn.app.config.signInWithUsername
  turn.show('interaction/email-sign-in', { action: turn.action('email'), values: { email }, usernames, error })
}

/** The same answer whether or not there is such an account. */
async function send(turn: Turn): Promise<void> {
  const { app, binding, bindingKey } = turn
  const email = await emailFor(turn, turn.field('email'))
  if (email.trim() === '') return addressPage(turn, '')
  // Before the email exists: its delivery begins at once, and waiting for that would reveal that there is an account.
  await app.pendingIdentities.hold(bindingKey)
  const locale = turn.ctx.state.requestedLocale ?? undefined
  await app.signInEmails.request(email, binding, { ...turn.circumstances, locale })
  turn.redirect(turn.action('email'))
}

async function withCode(turn: Turn): Promise<void> {
  const { app, browserTokens, binding } = turn
  if ((await requestedEmail(turn)) === null) {
    await emailFor(turn, null)
    return turn.redirect(turn.action('email'))
  }
  const typed = { code: turn.field('code'), browserTokens }
  await enter(turn, await app.emailSignIn.withCode(binding, typed, turn.circumstances))
}

/**
 * The address to which an email may be sent. If sign-in by email is off, only a person with a pending upstream identity gets
 * one, to prove that the account with its address is theirs. @throws NotFound
 */
async function emailFor(turn: Turn, typed: string | null): Promise<string> {
  if (turn.app.config.signInByEmail) return typed ?? ''
  const { identity: pending } = (await pendingIdentity(turn)) ?? {}
  if (!pending?.accountId || !pending.identity.email) throw new NotFound('sign-in by email is turned off')
  return pending.identity.email
}

async function requestedEmail({ app, existingBrowser, binding }: Turn): Promise<string | null> {
  return existingBrowser ? app.signInEmails.requestedFor(binding) : null
}
