import { METHODS } from '../../../login/assurance.ts'
import { type ProfileErrors, type ProviderView, providerView } from '../../kit/pages/page-parts.ts'
import { form } from '../../kit/pages/route.ts'
import type { EmailError } from '../by-email/email-sign-in-page.ts'
import { waitForVerification } from '../by-email/email-verification.ts'
import type { InteractionPages } from '../page-data.ts'
import { enter } from '../sign-in-flow.ts'
import type { Turn } from '../turn.ts'
import { type Pending, pendingIdentity } from './pending-identity.ts'

declare module '../page-data.ts' {
  interface InteractionPages {
    'interaction/missing-email': SignInPage & {
      action: string
      provider: ProviderView
      discardAction: string
      values: { email: string; name: string }
      errors: ProfileErrors
      error: EmailError | null
    }
  }
}

export const justInTimeRegistrationRoutes = [
  form<Turn, EmailError['code'] | 'invalid' | 'gone'>('/missing-email', register, {
    refusals: {
      invalid_input: 'invalid',
      pending_identity_gone: 'gone',
      too_many_attempts: 'limited',
      forbidden_form: 'form-expired',
    },
    async onRefusal(turn, { code, fields: errors, ...problem }) {
      const pending = await pendingIdentity(turn)
      if (!pending || code === 'gone') return turn.restart()
      const error = code === 'invalid' ? null : { ...problem, code }
      justInTimeRegistrationPage(turn, pending, { values: turn.fields('email', 'name'), errors, error })
    },
  }),
]

type Shown = Partial<Pick<InteractionPages['interaction/missing-email'], 'values' | 'errors' | 'error'>>

/** The provider sent no verified email: the person enters one, and an account is created with it. */
export function justInTimeRegistrationPage(
  turn: Turn,
  { identity: { identity }, provider }: Pending,
  { values, errors = {}, error = null }: Shown = {},
): void {
  turn.show('interaction/missing-email', {
    provider: providerView(provider),
    action: turn.action('missing-email'),
    discardAction: turn.action('discard-identity'),
    values: values ?? { email: identity.email ?? '', name: identity.name ?? '' },
    errors,
    error,
  })
}

async function register(turn: Turn): Promise<void> {
  const { app, by, browser, bindingKey } = turn
  if (!(await pendingIdentity(turn))) return turn.restart()
  const values = turn.fields('email', 'name')
  const made = await app.accountMatching.registerWithEmail(bindingKey, values, {
    by,
    locale: turn.ctx.state.locale,
    browser,
  })
  const { accountId, admitted } = made
  const passed = METHODS[made.passed]
  if (!admitted)
    return waitForVerification(turn, { accountId, email: values.email, method: passed, passwordSince: null })
  await enter(turn, { account: await app.accounts.find(accountId), method: passed })
}
