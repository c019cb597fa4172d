import compose from 'koa-compose'
import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import { ACTIONS } from '../account/sections.ts'
import type { Show } from '../kit/pages/show.ts'
import { createRoutes, type Handler } from '../kit/request/context.ts'
import { allowApiReference } from '../middleware/security-headers.ts'
import { adminDocument } from './admin/document.ts'
import { AdminGuard } from './admin/guard.ts'
import { ROUTES } from './admin/table.ts'
import { BearerGuard } from './bearer-guard.ts'
import { CrossOrigin } from './cross-origin.ts'
import { openApi } from './openapi.ts'
import { answerRefusals } from './refused-tokens.ts'

/**
 * `/api/v1/me`: the actions of the account pages, for applications that act for the person (account/sections.ts defines it).
 * The other paths of `/api/v1` are for administrators (admin/table.ts). Both accept access tokens and no cookies.
 */
export function createApi({ app, current, show }: { app: App; current: CurrentProvider; show: Show }): Handler {
  const origins = new CrossOrigin(app)
  const parts = { app, current, origins }
  const [forOwners, forAdministrators] = [new BearerGuard(parts), new AdminGuard(parts)]
  const router = createRoutes('/api')
  for (const action of ACTIONS) if (action.api) router[action.method](`/v1/me${action.path}`, forOwners.handler(action))
  for (const [, route] of ROUTES) router[route.method](`/v1${route.path}`, forAdministrators.handler(route))
  router.get('/v1/openapi.json', published(openApi(app.config)))
  router.get('/openapi.json', published(adminDocument(app.config)))
  router.get('/docs', reference(show))
  const answered = compose([
    answerRefusals(parts),
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

/** The API for administrators as a page, made from its document in the browser (views/assets/api-docs.js). */
function reference(show: Show): Handler {
  return ctx => {
    show(ctx, 'api-docs', {})
    allowApiReference(ctx)
  }
}

/** Makes problem details of the router's 405 and 501. */
const answerMethods: Handler = async (ctx, next) => {
  await next()
  if (ctx.status === 405 || ctx.status === 501) ctx.throw(405)
}
