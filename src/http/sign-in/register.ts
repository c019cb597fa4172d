import { Forbidden, type Refusal } from '../../base/refusals.ts'
import { PASSWORD_MINIMUM } from '../../credentials/passwords/password-rules.ts'
import { METHODS } from '../../login/assurance.ts'
import { handleRefusals } from '../kit/errors/error-responses.ts'
import type { ProfileErrors, ProvidersForm } from '../kit/pages/page-parts.ts'
import { form, page } from '../kit/pages/route.ts'
import { waitForVerification } from './by-email/email-verification.ts'
import { enter } from './sign-in-flow.ts'
import type { Turn } from './turn.ts'
import { providersForm } from './upstream/provider-buttons.ts'

declare module './page-data.ts' {
  interface InteractionPages {
    'interaction/register': SignInPage & {
      action: string
      values: { email: string; name: string }
      errors: ProfileErrors
      /** the form was not sent from its own page, or that was open for too long */
      expired: boolean
      passwordMinimum: number
      providers: ProvidersForm | null
    }
  }
}

/** Making an account on the way to an application: it is signed in at once, or once its email is verified. */
export const registerRoutes = [
  page<Turn>('/register', turn => registerPage(turn)),
  form('/register', register, {
    leavesRecord: true,
    refusals: { invalid_input: 'invalid', forbidden_form: 'form-expired' },
    onRefusal: (turn, { code, fields: errors }) =>
      registerPage(turn, { values: typed(turn), errors, expired: code === 'form-expired' }),
  }),
]

interface Shown {
  values?: { email: string; name: string }
  errors?: ProfileErrors
  /** The form was not sent from its own page, or that was open for too long. */
  expired?: boolean
}

async function registerPage(
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
    providers: await providersForm(turn, { newcomers: true }),
  })
}

async function register(turn: Turn): Promise<void> {
  const { app, by, browser, binding } = turn
  const { locale } = turn.ctx.state
  const values = typed(turn)
  const applicant = { ...values, password: turn.field('password') }
  const made = (account: Parameters<typeof app.duplicateRegistrations.remember>[1]) =>
    app.duplicateRegistrations.remember(binding, account)
  const apply = async () => {
    const applied = await app.registration.apply(applicant, { by, locale, browser, made })
    const { accountId, admitted, passwordSince = null } = applied
    const { password: passed } = METHODS
    if (!admitted) return waitForVerification(turn, { accountId, email: values.email, method: passed, passwordSince })
    await enter(turn, { account: await app.accounts.find(accountId), method: passed })
  }
  await handleRefusals(turn.ctx, apply, { refusals: { invalid_input: refusal => sentTwice(turn, applicant, refusal) } })
}

/** A form that comes a second time, by a double click or the back button, leads on instead of saying that the email is taken. */
async function sentTwice(turn: Turn, applicant: { email: string; password: string }, refusal: Refusal): Promise<void> {
  const { app, by, binding } = turn
  const account =
    refusal.fields.email === 'taken' && (await app.duplicateRegistrations.find(binding, applicant, { by }))
  if (!account) throw refusal
  // The same browser as a moment ago: no email tells of a new one.
  const [device = null] = await app.knownBrowsers.of(account)
  await enter(turn, { account, method: METHODS.password, browser: device })
}

function typed(turn: Turn): { email: string; name: string } {
  return { email: turn.field('email'), name: turn.field('name') }
}
