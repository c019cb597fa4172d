import { translatorFor } from '../../i18n/translator.ts'
import type { Forms } from '../middleware/forms.ts'
import type { AccountRequest } from './account-request.ts'
import type { Layout, PageName } from './page.ts'
import { holder } from './require-session.ts'
import { ACTIONS, pages } from './sections.ts'

const MENU = ['overview', 'profile', 'security', 'sessions', 'history', 'applications', 'data'] as const
const menu = MENU.map(name => ({ name, path: pages[name].path }))
const forms = Object.fromEntries(ACTIONS.map(({ name, method, path }) => [name, { method, path }]))

/** @param csrf makes the token that all forms of the page share */
export async function layout(request: AccountRequest, name: PageName, csrf: Forms): Promise<Layout> {
  const { app, ctx, person, submitted } = request
  const account = await app.accounts.find(person.id)
  const again = submitted && Object.keys(submitted.problems).length === 0
  const done = again ? 'again' : ctx.query.done
  return {
    section: pages[name].section,
    menu,
    person: { email: account.email, emailVerified: account.emailVerified, name: account.name ?? null },
    forms,
    csrf: csrf.token(ctx, '', holder(request)),
    submitted,
    done: typeof done === 'string' && translatorFor('en').has(`account.done.${done}`) ? done : null,
    deletionAt: account.deletionDue ?? null,
  }
}
