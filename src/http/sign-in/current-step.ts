import { verifyEmailPage } from './by-email/email-verification.ts'
import { consentPage } from './consent.ts'
import { factorSetupPage } from './factors/factor-setup.ts'
import { recoveryCodesPage } from './factors/recovery-codes.ts'
import { secondFactorPage } from './factors/second-factor.ts'
import { decide, findSignIn, finish } from './sign-in-flow.ts'
import type { Turn } from './turn.ts'
import { frontPage } from './upstream/upstream-request.ts'

/** The page at which a sign-in stands: the one address of an interaction shows it, however often it is opened. */
export async function showStep(turn: Turn): Promise<void> {
  if (turn.interaction.prompt === 'consent') return consentPage(turn)
  const signIn = await findSignIn(turn)
  if (!signIn) return frontPage(turn)
  const decision = await decide(turn, signIn)
  switch (decision.step) {
    case 'identify':
      return frontPage(turn)
    case 'second-factor':
      return secondFactorPage(turn, decision)
    case 'verify-email':
      return verifyEmailPage(turn, decision)
    case 'set-up-factor':
    case 'offer-passkey':
      return factorSetupPage(turn, decision)
    case 'save-recovery-codes':
      return recoveryCodesPage(turn, decision)
    case 'done':
      return finish(turn, decision.signIn)
  }
}
