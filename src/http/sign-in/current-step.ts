import { accessRefusedPage } from './access-refused.ts'
import { verifyEmailPage } from './by-email/email-verification.ts'
import { consentPage } from './consent.ts'
import { factorSetupPage } from './factors/factor-setup.ts'
import { recoveryCodesPage } from './factors/recovery-codes.ts'
import { secondFactorPage } from './factors/second-factor.ts'
import { decide, findSignIn, finish } from './sign-in-flow.ts'
import type { Turn } from './turn.ts'
import { identifyPage } from './upstream/upstream-request.ts'

/** Shows the page of the current step. An interaction has one address, which can be opened any number of times. */
export async function showStep(turn: Turn): Promise<void> {
  if (turn.interaction.prompt === 'consent') return consentPage(turn)
  if (turn.interaction.prompt === 'access') return accessRefusedPage(turn)
  const signIn = await findSignIn(turn)
  if (!signIn) return identifyPage(turn)
  const decision = await decide(turn, signIn)
  switch (decision.step) {
    case 'identify':
      return identifyPage(turn)
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
