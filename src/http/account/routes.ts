import { translatorFor } from '../../i18n/translator.ts'
import type { PageData } from '../kit/pages/page-data.ts'
import type { Show } from '../kit/pages/show.ts'
import { type Context, createRoutes, type Handler } from '../kit/request/context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { StoredRequestsLimit } from '../middleware/stored-requests-limit.ts'
import { itemOf, type Shown } from './action.ts'
import { submit } from './forms/submit.ts'
import type { AccountParts, AccountRequest, Layout, PageName } from './page.ts'
import { holder, RequireSession } from './require-session.ts'
import { exportOf } from './sections/data.ts'
import { ACTIONS, pages } from './sections.ts'

const MENU = ['overview', 'profile', 'security', 'sessions', 'history', 'applications', 'data'] as const
const menu = MENU.map(name => ({ name, path: pages[name].path }))
const targets = Object.fromEntries(ACTIONS.map(({ name, method, path }) => [name, { method, path }]))

/** The account pages and their forms, from the tables of sections.ts. */
export function accountRoutes(parts: AccountParts, { records, show }: { records: StoredRequestsLimit; show: Show }) {
  const { app, forms } = parts
  const router = createRoutes()
  const session = new RequireSession(parts)
  const showing = {
    async page(request: AccountRequest, name: PageName) {
      const data = { ...(await layout(request, name, forms)), ...(await pages[name].data(request)) }
      show(request.ctx, `account/${name}`, data as PageData[`account/${PageName}`])
    },
    async shown(request: AccountRequest, under: PageName, instead: Shown) {
      if (instead.page === 'interaction/redirect-to-provider') return show(request.ctx, instead.page, instead.data)
      const host = new URL(app.config.issuer).hostname
      show(request.ctx, instead.page, { ...(await layout(request, under, forms)), codes: instead.codes, host })
    },
  }

  for (const [name, { path, recent }] of Object.entries(pages))
    router.get(`/account${path}`, ctx => session.open(ctx, recent, request => showing.page(request, name as PageName)))
  router.get('/account/export.json', ctx => session.open(ctx, true, download))
  router.get('/account/callback', backFromSignIn(app.config))

  const withForm = ACTIONS.filter(({ form }) => form)
  for (const [path, actions] of Map.groupBy(withForm, ({ path }) => path)) {
    const find = (method: string) => actions.find(action => action.method === method)
    const opened = find('get')
    if (opened)
      router.get(`/account${path}`, ctx =>
        session.open(ctx, opened.recent, request => submit(parts, showing, request, opened, itemOf(ctx))),
      )
    else
      router.post(
        `/account${path}`,
        ...(actions.some(({ leavesRecord }) => leavesRecord) ? [records.count] : []),
        forms.readAccountForm,
        ctx => {
          const action = find(ctx.state.form.get('method') ?? 'post') ?? ctx.throw(405)
          const item = itemOf(ctx)
          const send = (request: AccountRequest) => submit(parts, showing, request, action, item)
          const again = (request: AccountRequest) => showing.page(request, action.form!.page)
          return session.submit(ctx, { action, item }, { send, again })
        },
      )
  }
  return router
}

/** What a page shows around its own data. @param csrf makes the token that all forms of the page share */
async function layout(request: AccountRequest, name: PageName, csrf: Forms): Promise<Layout> {
  const { app, ctx, person, submitted } = request
  const account = await app.accounts.find(person.id)
  const again = submitted && Object.keys(submitted.problems).length === 0
  const done = again ? 'again' : ctx.query.done
  return {
    section: pages[name].section,
    menu,
    person: { email: account.email, emailVerified: account.emailVerified, name: account.name ?? null },
    forms: targets,
    csrf: csrf.token(ctx, '', holder(request)),
    submitted,
    done: typeof done === 'string' && translatorFor('en').has(`account.done.${done}`) ? done : null,
    deletionAt: account.deletionDue ?? null,
  }
}

async function download(request: AccountRequest): Promise<void> {
  const { ctx } = request
  ctx.attachment('gatehouse-account.json')
  ctx.type = 'application/json'
  ctx.body = JSON.stringify(await exportOf(request), null, 2)
  ctx.set('Cache-Control', 'no-store')
}

/** The redirect URI of the sign-in: leads to the page in `state`. */
function backFromSignIn({ basePath }: { basePath: string }): Handler {
  return (ctx: Context) => {
    const wanted = String(ctx.query.state ?? '')
    ctx.status = 303
    ctx.redirect(/^\/account(\/[a-z-]+)?$/.test(wanted) ? basePath + wanted : `${basePath}/account`)
  }
}
