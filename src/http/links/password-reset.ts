import { PASSWORD_MINIMUM } from '../../credentials/passwords/password-rules.ts'
import type { ProfileErrors } from '../kit/pages/page-parts.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { form, page } from '../kit/pages/route.ts'

/** A forgotten password: the page that requests an email, and the page behind its link that sets a new password. */
export const passwordResetRoutes = [
  page('/forgot-password', (request: PageRequest) => askPage(request)),
  form('/forgot-password', send, {
    leavesRecord: true,
    refusals: { too_many_attempts: 'limited' },
    onRefusal: (request, { retryAfter }) => askPage(request, request.field('email'), retryAfter),
  }),
  page('/reset-password/:token', (request: PageRequest) => resetPage(request)),
  form<PageRequest, 'invalid' | 'gone'>('/reset-password/:token', reset, {
    refusals: { invalid_input: 'invalid', link_invalid: 'gone' },
    onRefusal: (request, { code, fields }) => (code === 'gone' ? request.linkInvalid() : resetPage(request, fields)),
  }),
]

function askPage(request: PageRequest, email = '', retryAfter: number | null = null): void {
  const usernames = request.app.config.signInWithUsername
  request.answer('links/forgot-password', {
    ...request.form('forgot-password'),
    values: { email },
    usernames,
    retryAfter,
  })
}

/** Answers the same whether or not there is such an account. */
async function send(request: PageRequest): Promise<void> {
  const { app, by, ctx } = request
  const email = request.field('email')
  await app.passwordReset.request(email, { by, locale: ctx.state.requestedLocale ?? undefined })
  request.answer('links/done', { what: 'forgot-password', address: email, mailbox: app.config.mailbox })
}

async function resetPage(request: PageRequest, errors: ProfileErrors = {}): Promise<void> {
  const account = await request.app.links.holder('reset-password', request.token)
  if (!account) return request.linkInvalid()
  const form = request.form(`reset-password/${request.token}`)
  request.answer('links/reset-password', { ...form, email: account.email, errors, passwordMinimum: PASSWORD_MINIMUM })
}

async function reset(request: PageRequest): Promise<void> {
  const { app, by, token } = request
  await app.passwordReset.complete(token, request.field('password'), { by })
  request.answer('links/reset-password-done', {})
}
