import type { Account } from '../../../accounts/account.ts'
import type { Actor } from '../../../base/actor.ts'
import type { Proposal } from '../../../credentials/totp/totps.ts'
import { type AuthenticationMethod, keyAmr, METHODS } from '../../../login/assurance.ts'
import { actorOf } from '../../../login/pending-sign-ins.ts'
import type { Decision } from '../../../login/sign-in-requirements.ts'
import type { PasskeyForm } from '../../kit/pages/page-parts.ts'
import { form, type Route } from '../../kit/pages/route.ts'
import { advance, currentDecision } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'

type FactorSetupError = { code: 'wrong' | 'expired' | 'passkey-failed' | 'form-expired' }

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/factor-setup': SignInPage & {
      action: string
      /** null if it cannot be skipped */
      skipAction: string | null
      /** null if only a passkey is accepted */
      app: Proposal | null
      passkey: PasskeyForm | null
      why: 'offer' | 'offered' | 'required' | 'application' | 'none'
      /** the last day on which it can be skipped */
      until: Date | null
      error: FactorSetupError | null
    }
  }
}

/** Setting up a second factor during a sign-in, if one is required and there is none, or a passkey, if one is offered. */
export const factorSetupRoutes = [
  factorForm('/set-up-app', async (turn, account, by) => {
    const typed = turn.fields('proposal', 'code')
    return { passed: METHODS.totp, codes: await turn.app.factorChanges.addTotp(account, typed, { by }) }
  }),
  factorForm('/set-up-passkey', async (turn, account, by) => {
    const answer = turn.passkeyResponse()
    const { added, recoveryCodes } = await turn.app.factorChanges.addPasskey(account, answer, { by })
    return { passed: METHODS.passkey(keyAmr(added)), codes: recoveryCodes }
  }),
  form('/skip', skip),
]

type SetUp = (
  turn: Turn,
  account: Account,
  by: Actor,
) => Promise<{ passed: AuthenticationMethod; codes: readonly string[] | null }>

function factorForm(path: string, setUp: SetUp): Route<Turn> {
  return form<Turn, 'invalid' | 'form-expired'>(path, turn => submit(turn, setUp), {
    refusals: { invalid_input: 'invalid', forbidden_form: 'form-expired' },
    async onRefusal(turn, { code, fields }) {
      const decision = await settingUp(turn)
      if (!decision) return turn.restart()
      const wrong = (fields.code as FactorSetupError['code'] | undefined) ?? 'passkey-failed'
      await factorSetupPage(turn, decision, { code: code === 'invalid' ? wrong : code })
    },
  })
}

async function submit(turn: Turn, setUp: SetUp): Promise<void> {
  const { pendingSignIns } = turn.app
  const decision = await settingUp(turn)
  if (!decision) return turn.restart()
  const { signIn } = decision
  const { passed, codes } = await setUp(turn, signIn.account, { ...turn.by, ...actorOf(signIn) })
  await advance(turn, pendingSignIns.withRecoveryCodes(pendingSignIns.addMethod(signIn, passed), codes))
}

/** A refused form keeps its proposal, since the app may have scanned it already. */
export async function factorSetupPage(
  turn: Turn,
  { signIn: { account }, step, enrolment }: Decision,
  error: FactorSetupError | null = null,
): Promise<void> {
  const { app, interaction } = turn
  const offer = step === 'offer-passkey'
  const free = interaction.request.requirements.level === '1fa'
  const proposal = (error && turn.field('proposal')) || undefined
  turn.show('interaction/factor-setup', {
    action: turn.action('set-up-app'),
    skipAction: offer || (enrolment === 'offered' && free) ? turn.action('skip') : null,
    app: offer || interaction.request.requirements.level === 'phr' ? null : app.totps.proposeAgain(account, proposal),
    passkey: app.webauthn.usable
      ? { ...turn.form('set-up-passkey'), ...(await app.passkeys.registrationOptions(account)) }
      : null,
    why: offer ? 'offer' : free ? enrolment : 'application',
    until: account.secondFactorDue ?? null,
    error,
  })
}

async function skip(turn: Turn): Promise<void> {
  const { pendingSignIns, passkeyOffer } = turn.app
  const decision = await settingUp(turn)
  if (decision?.step === 'offer-passkey') {
    await passkeyOffer.decline(decision.signIn.account)
    return advance(turn, pendingSignIns.skip(decision.signIn, 'passkey'))
  }
  if (decision?.enrolment !== 'offered') return turn.restart()
  await advance(turn, pendingSignIns.skip(decision.signIn, 'enrolment'))
}

async function settingUp(turn: Turn): Promise<Decision | null> {
  const decision = await currentDecision(turn)
  return decision?.step === 'set-up-factor' || decision?.step === 'offer-passkey' ? decision : null
}
