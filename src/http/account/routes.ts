import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import type { PageData } from '../kit/pages/page-data.ts'
import type { Show } from '../kit/pages/show.ts'
import type { Context, Handler, State } from '../kit/request/context.ts'
import type { RecordLimit } from '../middleware/record-limit.ts'
import type { AccountParts, AccountRequest } from './account-request.ts'
import type { Shown } from './action.ts'
import { ACTIONS, itemOf } from './actions.ts'
import { submit } from './forms/submit.ts'
import { layout } from './layout.ts'
import type { PageName } from './page.ts'
import { held } from './pages/data.ts'
import { pages } from './pages.ts'
import { RequireSession } from './require-session.ts'

/** The pages of a person's own account (pages.ts), and the forms of what they do there (actions.ts). */
export function accountRoutes(parts: AccountParts, { records, show }: { records: RecordLimit; show: Show }) {
  const { app, forms } = parts
  const router = new Router<State, DefaultContext>({ sensitive: true })
  const session = new RequireSession(parts)
  const showing = {
    async page(visit: AccountRequest, name: PageName) {
      const data = { ...(await layout(visit, name, forms)), ...(await pages[name].data(visit)) }
      show(visit.ctx, `account/${name}`, data as PageData[`account/${PageName}`])
    },
    async shown(visit: AccountRequest, under: PageName, instead: Shown) {
      if (instead.page === 'interaction/redirect-to-provider') return show(visit.ctx, instead.page, instead.data)
      const host = new URL(app.config.issuer).hostname
      show(visit.ctx, instead.page, { ...(await layout(visit, under, forms)), codes: instead.codes, host })
    },
  }

  for (const [name, { path, recent }] of Object.entries(pages))
    router.get(`/account${path}`, ctx => session.open(ctx, recent, visit => showing.page(visit, name as PageName)))
  router.get('/account/export.json', ctx => session.open(ctx, true, download))
  router.get('/account/callback', backFromSignIn(app.config))

  const withForm = ACTIONS.filter(({ form }) => form)
  for (const [path, actions] of Map.groupBy(withForm, ({ path }) => path)) {
    const find = (method: string) => actions.find(action => action.method === method)
    const opened = find('get')
    if (opened)
      router.get(`/account${path}`, ctx =>
        session.open(ctx, opened.recent, visit => submit(parts, showing, visit, opened, itemOf(ctx))),
      )
    else
      router.post(
        `/account${path}`,
        ...(actions.some(({ leavesRecord }) => leavesRecord) ? [records.count] : []),
        forms.readAccountForm,
        ctx => {
          const action = find(ctx.state.form.get('method') ?? 'post') ?? ctx.throw(405)
          const item = itemOf(ctx)
          return session.submit(
            ctx,
            { action, item },
            {
              send: visit => submit(parts, showing, visit, action, item),
              again: visit => showing.page(visit, action.form!.page),
            },
          )
        },
      )
  }
  return router
}

async function download(visit: AccountRequest): Promise<void> {
  const { ctx } = visit
  ctx.attachment('gatehouse-account.json')
  ctx.type = 'application/json'
  ctx.body = JSON.stringify(await held(visit), null, 2)
  ctx.set('Cache-Control', 'no-store')
}

/** From the sign-in to where the person wanted to go. */
function backFromSignIn({ basePath }: { basePath: string }): Handler {
  return (ctx: Context) => {
    const wanted = String(ctx.query.state ?? '')
    ctx.status = 303
    ctx.redirect(/^\/account(\/[a-z-]+)?$/.test(wanted) ? basePath + wanted : `${basePath}/account`)
  }
}
