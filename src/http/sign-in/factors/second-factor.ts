import type { Account } from '../../../accounts/account.ts'
import { type AuthenticationMethod, allowsTrustedBrowser, methodNames } from '../../../login/assurance.ts'
import type { VerificationContext } from '../../../login/second-factor-verification.ts'
import type { Decision } from '../../../login/sign-in-requirements.ts'
import type { PageError } from '../../kit/errors/error-responses.ts'
import type { PasskeyForm } from '../../kit/pages/page-parts.ts'
import { form, type Route } from '../../kit/pages/route.ts'
import { advance, currentDecision } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'

/** What was wrong with a second factor, and which of them it was. */
interface SecondFactorError extends PageError<'wrong' | 'too-many-attempts' | 'busy' | 'form-expired'> {
  field: 'code' | 'recovery-code' | 'passkey'
}

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/second-factor': SignInPage & {
      action: string
      email: string
      recoveryAction: string
      /** null if factors cannot be reset by email */
      lostAction: string | null
      totp: boolean
      recoveryCodes: boolean
      passkey: PasskeyForm | null
      /** for how many days the browser can be trusted; null if it cannot */
      trustDays: number | null
      /** whether that was ticked in the refused form */
      trusted: boolean
      error: SecondFactorError | null
      /** the person is signed in, with a level that is too low */
      stepUp: boolean
    }
  }
}

const DAY = 24 * 60 * 60

/** The page that asks for a second factor. */
export const secondFactorRoutes = [
  factorForm('/code', 'code', (turn, account, context) =>
    turn.app.secondFactorVerification.code(account, turn.field('code'), context),
  ),
  factorForm('/recovery-code', 'recovery-code', (turn, account, context) =>
    turn.app.secondFactorVerification.recoveryCode(account, turn.field('recovery-code'), context),
  ),
  factorForm('/passkey-factor', 'passkey', (turn, account, context) =>
    turn.app.secondFactorVerification.passkey(account, turn.passkeyResponse(), context),
  ),
]

type Verify = (turn: Turn, account: Account, context: VerificationContext) => Promise<AuthenticationMethod>

function factorForm(path: string, field: SecondFactorError['field'], verify: Verify): Route<Turn> {
  return form<Turn, SecondFactorError['code']>(path, turn => submit(turn, verify), {
    refusals: {
      wrong_credentials: 'wrong',
      invalid_input: 'form-expired',
      forbidden_form: 'form-expired',
      too_many_attempts: 'too-many-attempts',
      busy: 'busy',
    },
    async onRefusal(turn, problem) {
      const decision = await currentDecision(turn)
      if (decision?.step !== 'second-factor') return turn.restart()
      await secondFactorPage(turn, decision, { ...problem, field })
    },
  })
}

async function submit(turn: Turn, verify: Verify): Promise<void> {
  const { app, browserTokens } = turn
  const decision = await currentDecision(turn)
  if (decision?.step !== 'second-factor') return turn.restart()
  const { signIn } = decision
  const browser = await app.knownBrowsers.find(signIn.account, browserTokens)
  const passed = await verify(turn, signIn.account, { ...turn.circumstances, browser })
  await advance(turn, app.pendingSignIns.addMethod(signIn, passed, { trust: turn.has('trust') }))
}

export async function secondFactorPage(
  turn: Turn,
  { signIn: { account, progress }, factors }: Decision,
  error: SecondFactorError | null = null,
): Promise<void> {
  const { app, interaction } = turn
  // Only a passkey is phishing-resistant; a person who has none sets one up after the other factors.
  const others = interaction.request.requirements.level !== 'phr' || factors.passkeys === 0
  const fresh = progress.carriedFrom === null
  const days = Math.floor(app.config.trustedBrowserTtl / DAY)
  turn.show('interaction/second-factor', {
    email: account.email,
    action: turn.action('code'),
    recoveryAction: turn.action('recovery-code'),
    lostAction: app.factorLoss.delay !== null && fresh ? turn.action('lost-factors') : null,
    totp: others && factors.totp,
    recoveryCodes: others && factors.recoveryCodes > 0,
    passkey: factors.passkeys > 0 ? await turn.passkeyForm('passkey-factor', account) : null,
    trustDays: fresh && days > 0 && allowsTrustedBrowser(methodNames(progress.passed)) ? days : null,
    trusted: error !== null && turn.has('trust'),
    error,
    stepUp: !fresh,
  })
}
