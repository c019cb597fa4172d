import { PASSWORD_MINIMUM } from '../../credentials/passwords/password-rules.ts'
import type { ProfileErrors } from '../kit/pages/page-parts.ts'
import type { PageRequest } from '../kit/pages/page-request.ts'
import { form, page } from '../kit/pages/route.ts'

/** Setup: the link that creates the first superuser. */
export const setupRoutes = [
  page('/setup/:token', open),
  form<PageRequest, 'invalid' | 'closed'>('/setup/:token', complete, {
    refusals: { invalid_input: 'invalid', link_invalid: 'closed' },
    onRefusal: (request, { code, fields }) =>
      code === 'closed' ? closed(request) : setupPage(request, request.fields('email', 'name'), fields),
  }),
]

async function open(request: PageRequest): Promise<void> {
  if (await request.app.setup.open(request.token)) setupPage(request)
  else await closed(request)
}

async function complete(request: PageRequest): Promise<void> {
  const { app, by, token } = request
  const account = await app.setup.complete(token, request.fields('email', 'name', 'password'), { by })
  const roles = await app.assignments.rolesOf(account)
  const enrolment = app.secondFactorPolicy.enrolment({ roles, due: null }, { clientRequires: false })
  request.answer('links/setup-done', { email: account.email, secondFactor: enrolment === 'required' })
}

function setupPage(request: PageRequest, values = { email: '', name: '' }, errors: ProfileErrors = {}): void {
  const form = request.form(`setup/${request.token}`)
  request.answer('links/setup', { ...form, values, errors, passwordMinimum: PASSWORD_MINIMUM })
}

async function closed(request: PageRequest): Promise<void> {
  if (await request.app.setup.pending()) request.linkInvalid()
  else request.answer('links/setup-closed', {}, 404)
}
