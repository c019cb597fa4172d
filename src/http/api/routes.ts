import Router from '@koa/router'
import type { DefaultContext } from 'koa'
import compose from 'koa-compose'
import type { App } from '../../app.ts'
import type { CurrentProvider } from '../../oidc/current-provider.ts'
import type { Handler, State } from '../context.ts'
import { applicationRoutes } from './applications.ts'
import { credentialRoutes } from './credentials.ts'
import { dataRoutes } from './data.ts'
import { Entrance } from './entrance.ts'
import { factorRoutes } from './factors.ts'
import { historyRoutes } from './history.ts'
import { identityRoutes } from './identities.ts'
import { meRoutes } from './me.ts'
import { openApi } from './openapi.ts'
import { passkeyRoutes } from './passkeys.ts'
import { sessionRoutes } from './sessions.ts'

/**
 * `/api/v1/me`: what the account pages do, for the owner's own applications. It looks at access tokens alone, never at
 * cookies; what it takes, answers and asks for stands in the table of its routes, and in the document made from it.
 */
export function createApi({ app, current }: { app: App; current: CurrentProvider }): Handler {
  const entrance = new Entrance({ app, current })
  const routes = [
    meRoutes,
    credentialRoutes,
    factorRoutes,
    passkeyRoutes,
    identityRoutes,
    sessionRoutes,
    historyRoutes,
    applicationRoutes,
    dataRoutes,
  ].flatMap(made => made(app))
  const router = new Router<State, DefaultContext>({ sensitive: true, prefix: '/api/v1' })
  for (const route of routes) router[route.method](route.path, entrance.open(route))
  router.get('/openapi.json', published(openApi(routes, app.config)))
  const answered = compose([entrance.watch, answerMethods, router.routes() as never, router.allowedMethods() as never])
  return (ctx, next) => app.scope(async () => answered(ctx as never, next))
}

/** Nobody's secret, and the same for everybody. */
function published(document: object): Handler {
  const body = JSON.stringify(document)
  return ctx => {
    ctx.set('Access-Control-Allow-Origin', '*')
    ctx.set('Cache-Control', 'public, max-age=300')
    ctx.type = 'application/json'
    ctx.body = body
  }
}

/** The router says which methods there are; here it becomes a problem like any other. */
const answerMethods: Handler = async (ctx, next) => {
  await next()
  if (ctx.status === 405 || ctx.status === 501) ctx.throw(405)
}
