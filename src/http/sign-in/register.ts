import { Forbidden, type Refusal } from '../../base/refusals.ts'
import { PASSWORD_MINIMUM } from '../../credentials/passwords/password-rules.ts'
import { METHODS } from '../../login/assurance.ts'
import { handleRefusals } from '../kit/errors/error-responses.ts'
import type { ProfileErrors, ProvidersForm } from '../kit/pages/page-parts.ts'
import { form, page } from '../kit/pages/route.ts'
import { waitForVerification } from './by-email/email-verification.ts'
import type { InteractionPages } from './page-data.ts'
import { enter } from './sign-in-flow.ts'
import type { Turn } from './turn.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/register': SignInPage & {
      action: string
      values: { email: string; name: string }
      errors: ProfileErrors
      /** the CSRF token was missing or too old */
      expired: boolean
      passwordMinimum: number
      providers: ProvidersForm | null
    }
  }
}

/** Registration during a sign-in. The account is signed in at once, or once its email is verified. */
export const registerRoutes = [
  page<Turn>('/register', turn => registerPage(turn)),
  form('/register', register, {
    leavesRecord: true,
    refusals: { invalid_input: 'invalid', forbidden_form: 'form-expired' },
    onRefusal: (turn, { code, fields: errors }) =>
      registerPage(turn, { values: turn.fields('email', 'name'), errors, expired: code === 'form-expired' }),
  }),
]

type Shown = Partial<Pick<InteractionPages['interaction/register'], 'values' | 'errors' | 'expired'>>

export async function registerPage(
  turn: Turn,
  { values = { email: '', name: '' }, errors = {}, expired = false }: Shown = {},
): Promise<void> {
  if (!turn.app.registration.open) throw new Forbidden('registration is closed here', 'registration_closed')
  turn.show('interaction/register', {
    action: turn.action('register'),
    values,
    errors,
    expired,
    passwordMinimum: PASSWORD_MINIMUM,
    providers: await turn.providersForm({ newcomers: true }),
  })
}

async function register(turn: Turn): Promise<void> {
  const { app, by, browser, binding } = turn
  const { locale } = turn.ctx.state
  const applicant = turn.fields('email', 'name', 'password')
  const { email } = applicant
  const made = (account: Parameters<typeof app.duplicateRegistrations.remember>[1]) =>
    app.duplicateRegistrations.remember(binding, account)
  const apply = async () => {
    const applied = await app.registration.apply(applicant, { by, locale, browser, made })
    const { accountId, admitted, passwordSince = null } = applied
    const { password: method } = METHODS
    if (!admitted) return waitForVerification(turn, { accountId, email, method, passwordSince })
    await enter(turn, { account: await app.accounts.find(accountId), method })
  }
  await handleRefusals(turn.ctx, apply, { refusals: { invalid_input: refusal => sentTwice(turn, applicant, refusal) } })
}

/** A form sent twice, by a double click or the back button, signs in instead of saying that the email is taken. */
async function sentTwice(turn: Turn, applicant: { email: string; password: string }, refusal: Refusal): Promise<void> {
  const { app, by, binding } = turn
  const account =
    refusal.fields.email === 'taken' && (await app.duplicateRegistrations.find(binding, applicant, { by }))
  if (!account) throw refusal
  // The same browser as a moment ago, so no email is sent about a new one.
  const [browser = null] = await app.knownBrowsers.of(account)
  await enter(turn, { account, method: METHODS.password, browser })
}
