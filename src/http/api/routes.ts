import compose from 'koa-compose'
import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import { ACTIONS } from '../account/sections.ts'
import { createRoutes, type Handler } from '../kit/request/context.ts'
import { BearerGuard } from './bearer-guard.ts'
import { openApi } from './openapi.ts'

/**
 * `/api/v1/me`: the actions of the account pages, for applications that act for the person. It accepts access tokens and no
 * cookies. The table of actions (account/sections.ts) defines it and its OpenAPI document.
 */
export function createApi({ app, current }: { app: App; current: CurrentProvider }): Handler {
  const guard = new BearerGuard({ app, current })
  const router = createRoutes('/api/v1')
  for (const action of ACTIONS) if (action.api) router[action.method](`/me${action.path}`, guard.handler(action))
  router.get('/openapi.json', published(openApi(app.config)))
  const answered = compose([
    guard.answerRefusals,
    answerMethods,
    router.routes() as never,
    router.allowedMethods() as never,
  ])
  return (ctx, next) => app.scope(async () => answered(ctx as never, next))
}

/** Needs no token. */
function published(document: object): Handler {
  const body = JSON.stringify(document)
  return ctx => {
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Cache-Control', 'public, max-age=300')
    ctx.type = 'application/json'
    ctx.body = body
  }
}

/** Makes problem details of the router's 405 and 501. */
const answerMethods: Handler = async (ctx, next) => {
  await next()
  if (ctx.status === 405 || ctx.status === 501) ctx.throw(405)
}
