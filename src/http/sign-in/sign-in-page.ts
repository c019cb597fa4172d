import type { AddressUnverified, Identified } from '../../login/sign-in.ts'
import { handleRefusals } from '../kit/errors/error-responses.ts'
import type { PasskeyForm, ProvidersForm } from '../kit/pages/page-parts.ts'
import { form, page } from '../kit/pages/route.ts'
import { verifyFirst } from './by-email/email-verification.ts'
import type { SignInError } from './page-data.ts'
import { enter } from './sign-in-flow.ts'
import type { Turn } from './turn.ts'
import { linkAccountPage } from './upstream/link-account.ts'
import { justInTimeRegistrationPage } from './upstream/missing-email.ts'
import { pendingIdentity } from './upstream/pending-identity.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/sign-in': SignInPage & {
      action: string
      registerUrl: string | null
      /** whether the email must be verified before signing in: every failed sign-in says so, whether or not the account exists */
      verificationRequired: boolean
      /** target of the same form to request an email instead; null if sign-in by email is off */
      mailAction: string | null
      values: { email: string }
      /** whether a username is accepted too */
      usernames: boolean
      error: SignInError | null
      /** why a person who is signed in has to sign in again */
      reason: 'prompt' | 'max-age' | 'step-up' | null
      passkey: PasskeyForm | null
      providers: ProvidersForm | null
    }
  }
}

/** The sign-in page: a password, or a passkey, which also identifies its account. */
export const signInRoutes = [
  page<Turn>('/sign-in', turn => signInPage(turn)),
  form<Turn, SignInError['code']>('/sign-in', withPassword, {
    refusals: {
      wrong_credentials: 'wrong-credentials',
      too_many_attempts: 'too-many-attempts',
      busy: 'busy',
      forbidden_form: 'form-expired',
    },
    onRefusal: (turn, error) => signInPage(turn, { email: turn.field('email'), error }),
  }),
  form<Turn, SignInError['code']>('/passkey', withPasskey, {
    refusals: {
      wrong_credentials: 'passkey-wrong',
      too_many_attempts: 'passkey-too-many-attempts',
      invalid_input: 'form-expired',
      forbidden_form: 'form-expired',
    },
    onRefusal: (turn, error) => signInPage(turn, { email: '', error }),
  }),
]

/** If an upstream identity is pending here, its page is shown instead. */
export async function signInPage(
  turn: Turn,
  { email, error = null }: { email?: string; error?: SignInError | null } = {},
): Promise<void> {
  const { app, interaction } = turn
  const pending = error?.code.startsWith('upstream-') ? null : await pendingIdentity(turn)
  if (pending?.identity.accountId) return linkAccountPage(turn, pending, error)
  if (pending && !error) return justInTimeRegistrationPage(turn, pending)
  turn.show('interaction/sign-in', {
    action: turn.action('sign-in'),
    mailAction: app.config.signInByEmail ? turn.action('email') : null,
    verificationRequired: app.verification.required,
    registerUrl: app.registration.open ? turn.action('register') : null,
    values: { email: email ?? (await interaction.loginHint()) },
    usernames: app.config.signInWithUsername,
    error,
    reason: interaction.reauthentication,
    passkey: app.webauthn.usable ? await turn.passkeyForm('passkey', null) : null,
    providers: await turn.providersForm(),
  })
}

function withPassword(turn: Turn): Promise<void> {
  const credentials = { ...turn.fields('email', 'password'), browserTokens: turn.browserTokens }
  return enterOrVerify(turn, () => turn.app.signIn.withPassword(credentials, turn.circumstances))
}

function withPasskey(turn: Turn): Promise<void> {
  const answer = turn.passkeyResponse()
  return enterOrVerify(turn, () => turn.app.signIn.withPasskey(answer, turn.circumstances))
}

/** If the email has to be verified first, an email is sent to it. */
function enterOrVerify(turn: Turn, identify: () => Promise<Identified>): Promise<void> {
  return handleRefusals(turn.ctx, async () => enter(turn, await identify()), {
    refusals: { address_unverified: refusal => verifyFirst(turn, refusal as AddressUnverified) },
  })
}
