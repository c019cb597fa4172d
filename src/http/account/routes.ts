import { translatorFor } from '../../i18n/translator.ts'
import { signInUrl } from '../../oidc/clients/own-client.ts'
import type { Show } from '../kit/pages/show.ts'
import { type Context, createRoutes, type Handler } from '../kit/request/context.ts'
import type { Forms } from '../middleware/forms.ts'
import type { StoredRequestsLimit } from '../middleware/stored-requests-limit.ts'
import { itemOf, type Shown } from './action.ts'
import { submit } from './forms/submit.ts'
import type { AccountPage, AccountParts, AccountRequest, Download, Layout } from './page.ts'
import { holder, RequireSession } from './require-session.ts'
import { ACTIONS, DOWNLOADS, PAGES, pageNamed } from './sections.ts'

const menu = PAGES.filter(page => page.menu !== undefined).toSorted((a, b) => a.menu! - b.menu!)
const targets = Object.fromEntries(ACTIONS.map(({ name, method, path }) => [name, { method, path }]))

/** The account pages and their forms, from the sections. */
export function accountRoutes(parts: AccountParts, { records, show }: { records: StoredRequestsLimit; show: Show }) {
  const { app, forms } = parts
  const router = createRoutes()
  const session = new RequireSession(parts)
  const showing = {
    async page(request: AccountRequest, name: string) {
      const page = pageNamed(name)
      const data = { ...(await layout(request, page, forms)), ...(await page.data(request)) }
      show(request.ctx, `account/${name}`, data)
    },
    async shown(request: AccountRequest, under: string, instead: Shown) {
      if (instead.page === 'interaction/redirect-to-provider') return show(request.ctx, instead.page, instead.data)
      const host = new URL(app.config.issuer).hostname
      show(request.ctx, instead.page, {
        ...(await layout(request, pageNamed(under), forms)),
        codes: instead.codes,
        host,
      })
    },
  }

  for (const { name, path, recent } of PAGES)
    router.get(`/account${path}`, ctx =>
      session.open(ctx, { recent, reads: true }, request => showing.page(request, name)),
    )
  for (const file of DOWNLOADS)
    router.get(`/account${file.path}`, ctx => session.open(ctx, file, request => download(request, file)))
  router.get('/account/callback', backFromSignIn(app.config))
  router.get('/account/switch', ctx => {
    ctx.status = 303
    ctx.redirect(signInUrl(app.config, '/account', { prompt: 'select_account' }))
  })

  const withForm = ACTIONS.filter(({ form }) => form)
  for (const [path, actions] of Map.groupBy(withForm, ({ path }) => path)) {
    const find = (method: string) => actions.find(action => action.method === method)
    const opened = find('get')
    if (opened)
      router.get(`/account${path}`, ctx =>
        session.open(ctx, opened, request => submit(parts, showing, request, opened, itemOf(ctx))),
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
async function layout(request: AccountRequest, page: AccountPage, csrf: Forms): Promise<Layout> {
  const { app, ctx, person, submitted } = request
  const account = await app.accounts.find(person.id)
  const again = submitted && Object.keys(submitted.problems).length === 0
  const done = again ? 'again' : ctx.query.done
  return {
    section: page.partOf ?? page.name,
    menu,
    person: { email: account.email, emailVerified: account.emailVerified, name: account.name ?? null },
    forms: targets,
    csrf: csrf.token(ctx, '', holder(request)),
    submitted,
    done: typeof done === 'string' && translatorFor('en').has(`account.done.${done}`) ? done : null,
    deletionAt: account.deletionDue ?? null,
  }
}

async function download(request: AccountRequest, { fileName, content }: Download): Promise<void> {
  const { ctx } = request
  ctx.attachment(fileName)
  ctx.type = 'application/json'
  ctx.body = JSON.stringify(await content(request), null, 2)
  ctx.set('Cache-Control', 'no-store')
}

/** The redirect URI of the sign-in: leads to the page in `state`. */
function backFromSignIn({ basePath }: { basePath: string }): Handler {
  return (ctx: Context) => {
    const wanted = String(ctx.query.state ?? '')
    ctx.status = 303
    ctx.redirect(
      /^\/(account(\/[a-z-]+)?|impersonation\/[\w-]+)$/.test(wanted) ? basePath + wanted : `${basePath}/account`,
    )
  }
}
