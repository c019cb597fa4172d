import { PASSWORD_MINIMUM } from '../../credentials/passwords/password-rules.ts'
import type { ProfileErrors } from '../kit/pages/page-parts.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { form, page } from '../kit/pages/route.ts'

/** A forgotten password: asking for an email, and choosing a new one by its link. */
export const recoveryRoutes = [
  page('/forgot', (request: PageRequest) => askPage(request)),
  form('/forgot', send, {
    leavesRecord: true,
    refusals: { too_many_attempts: 'limited' },
    onRefusal: (request, { retryAfter }) => askPage(request, request.field('email'), retryAfter),
  }),
  page('/recover/:token', (request: PageRequest) => recoverPage(request)),
  form<PageRequest, 'invalid' | 'gone'>('/recover/:token', recover, {
    refusals: { invalid_input: 'invalid', link_invalid: 'gone' },
    onRefusal: (request, { code, fields }) => (code === 'gone' ? request.linkInvalid() : recoverPage(request, fields)),
  }),
]

function askPage(request: PageRequest, email = '', retryAfter: number | null = null): void {
  const usernames = request.app.config.signInWithUsername
  request.answer('lifecycle/forgot', { ...request.form('forgot'), values: { email }, usernames, retryAfter })
}

/** The same words whether or not there is such an account. */
async function send(request: PageRequest): Promise<void> {
  const { app, by, ctx } = request
  const email = request.field('email')
  await app.passwordReset.request(email, { by, locale: ctx.state.requestedLocale ?? undefined })
  request.answer('lifecycle/done', { what: 'forgot', address: email, mailbox: app.config.mailbox })
}

async function recoverPage(request: PageRequest, errors: ProfileErrors = {}): Promise<void> {
  const account = await request.app.passwordReset.holder(request.token)
  if (!account) return request.linkInvalid()
  const form = request.form(`recover/${request.token}`)
  request.answer('lifecycle/recover', { ...form, email: account.email, errors, passwordMinimum: PASSWORD_MINIMUM })
}

async function recover(request: PageRequest): Promise<void> {
  const { app, by, token } = request
  await app.passwordReset.complete(token, request.field('password'), { by })
  request.answer('lifecycle/recover-done', {})
}
