import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import Koa, { type DefaultContext, type Next } from 'koa'
import compose from 'koa-compose'
import type { App } from '../app.ts'
import { Interactions } from '../oidc/interactions/interactions.ts'
import type { CurrentProvider } from '../oidc/provider/current-provider.ts'
import type { GatehouseProvider } from '../oidc/provider/provider.ts'
import { cookies } from '../oidc/sessions/cookies.ts'
import { postLogoutRedirectUri } from '../oidc/sessions/rp-initiated-logout.ts'
import type { Health } from '../ops/health.ts'
import { redisTimeout } from '../storage/redis/redis.ts'
import { withWaitBudget } from '../storage/wait-budget.ts'
import { accountRoutes } from './account/routes.ts'
import { createApi } from './api/routes.ts'
import { federationRoutes } from './federation/routes.ts'
import { describeImpersonation } from './impersonation/banner.ts'
import { impersonationRoutes } from './impersonation/routes.ts'
import type { Pages } from './kit/pages/pages.ts'
import type { Show } from './kit/pages/show.ts'
import type { Context, Handler, Routes, State } from './kit/request/context.ts'
import { LINK_SEGMENTS, linkRoutes } from './links/routes.ts'
import { mailboxRoutes } from './mailbox.ts'
import { basePath, usePublicUrl } from './middleware/base-path.ts'
import { lowerCase, oneSpelling } from './middleware/canonical-path.ts'
import { answerErrors } from './middleware/errors.ts'
import { Forms } from './middleware/forms.ts'
import { QueuedSignIns } from './middleware/queued-sign-ins.ts'
import { keepRefusals } from './middleware/refused-requests.ts'
import { describeRequests } from './middleware/request-state.ts'
import { allowAppTarget, allowFormPost, allowOwnScript, securityHeaders } from './middleware/security-headers.ts'
import { StoredRequestsLimit } from './middleware/stored-requests-limit.ts'
import { TrustedProxies } from './middleware/trusted-proxies.ts'
import { registrationRoutes } from './registration/routes.ts'
import { DiscoveryCache } from './server/discovery-cache.ts'
import type { EventLoopBatches } from './server/event-loop-batches.ts'
import { healthz, readyz } from './server/health.ts'
import { PostRedirectGet } from './server/post-redirect-get.ts'
import type { RevocationList } from './server/revocation-list.ts'
import { SignInQueue } from './server/sign-in-queue.ts'
import { interactionRoutes } from './sign-in/routes.ts'

interface WebParts {
  app: App
  current: CurrentProvider
  batches: EventLoopBatches
  health: Health
  revocations: RevocationList
  pages: Pages
  show: Show
}

/** The outer Koa application: our own pages, and the protocol for all other paths. */
export function createWeb({ app, current, batches, health, revocations, pages, show }: WebParts): RequestListener {
  const { config, log } = app
  const koa = new Koa<State, DefaultContext>()
  const forms = new Forms({ sealing: app.sealing, issuer: config.issuer, secure: config.secure })
  const interactions = new Interactions({ app, current })
  const proxies = new TrustedProxies(config.trustProxy, log)
  const documents = new DiscoveryCache({ current, basePath: config.basePath, proxies })
  const openid = protocol(current)
  const posted = new PostRedirectGet({ kept: app.kept, forms, current })
  const records = new StoredRequestsLimit(app.limits.recordsByIp)
  const links = inScope(app, linkRoutes({ app, forms, show }, records))
  const queue = new SignInQueue(config.signInQueue)
  const queued = new QueuedSignIns({ queue, forms, interactions, show, sessionCookie: cookies(config).names.session })
  const interaction = inScope(app, interactionRoutes({ app, interactions, forms, show }))
  const endSession: Handler = (ctx, next) =>
    ctx.path === '/session/end/confirm' ? forms.verifyOrigin(ctx, async () => openid(ctx, next)) : openid(ctx, next)
  usePublicUrl(koa as unknown as Koa, config)
  koa.on('error', error => log.debug({ err: error }, 'a connection failed'))

  koa.use(describeRequests(proxies))
  koa.use(keepRefusals(app))
  koa.use(securityHeaders(config))
  koa.use(answerErrors({ show, log, outages: app.outages }))
  koa.use(basePath(config.basePath))
  koa.use(oneSpelling)
  koa.use(describeImpersonation({ app, current, forms }))
  koa.use(
    byFirstSegment(
      {
        '': home({ app, show }),
        healthz,
        readyz: readyz(health),
        assets: assets(pages),
        interaction: records.before('interaction', queued.before(interaction)),
        federation: inScope(app, federationRoutes({ app, forms, show })),
        api: createApi({ app, current, show }),
        account: inScope(app, accountRoutes({ app, current, forms }, { records, show })),
        impersonation: inScope(app, impersonationRoutes({ app, current, forms, show })),
        ...Object.fromEntries([...LINK_SEGMENTS].map(segment => [segment, links])),
        ...(config.mailbox && { mailbox: inScope(app, mailboxRoutes({ app, show })) }),
        ...(config.clientRegistration !== 'off' && { reg: inScope(app, registrationRoutes({ app })) }),
        auth: records.before('auth', queued.before(posted.at('/auth', openid))),
        request: records.before('request', openid),
        session: records.before('session', posted.at('/session/end', endSession)),
        revocations: revocations.handler,
        '.well-known': documents.keep(openid),
        jwks: documents.keep(openid),
      },
      openid,
    ),
  )

  const answer = koa.callback()
  const { connectTimeout, statementTimeout } = config.databaseLimits
  // In total, a request waits for a store no longer than one connection attempt and one answer may take.
  const waitBudget = {
    PostgreSQL: 1000 * (connectTimeout + statementTimeout),
    Redis: app.redis ? redisTimeout(app.redis) : 0,
  }
  const begin = (req: IncomingMessage, res: ServerResponse) => void withWaitBudget(waitBudget, () => answer(req, res))
  return (req, res) => {
    if (!documents.answer(req, res)) batches.add(req, () => begin(req, res))
  }
}

/** Chooses the handler by the first segment of the path. Any other path belongs to the protocol. */
function byFirstSegment(ours: Record<string, Handler>, otherwise: Handler): Handler {
  const handlers = new Map(Object.entries(ours))
  return (ctx, next) => {
    const end = ctx.path.indexOf('/', 1)
    const segment = ctx.path.slice(1, end < 0 ? undefined : end)
    return (handlers.get(segment) ?? otherwise)(ctx, next)
  }
}

/** Runs routes that read and write entities in their own unit of work. The protocol opens one only where it needs it. */
function inScope(app: App, router: Routes): Handler {
  const routes = router.routes()
  return (ctx, next) => app.scope(async () => routes(ctx as never, next))
}

function protocol(current: CurrentProvider): Handler {
  const composed = new WeakMap<GatehouseProvider, Koa.Middleware>()
  return (ctx, next) => {
    const { provider } = current
    const middleware =
      composed.get(provider) ?? compose([lowerCase as never, ownScripts as never, ...provider.middleware])
    composed.set(provider, middleware)
    return middleware(ctx as never, next)
  }
}

/** Lets the library's self-submitting pages run their script, and post or redirect to the application. */
async function ownScripts(ctx: Context, next: Next): Promise<void> {
  await next()
  allowOwnScript(ctx)
  const { oidc } = ctx as unknown as { oidc?: { params?: Record<string, unknown> } }
  const { response_mode: mode, redirect_uri: target } = oidc?.params ?? {}
  if (mode === 'form_post') allowFormPost(ctx, target)
  allowAppTarget(ctx, postLogoutRedirectUri(ctx))
}

function assets(pages: Pages): Handler {
  return async ctx => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') ctx.throw(405)
    const asset = pages.assets.lookup(ctx.path.slice('/assets/'.length))
    if (!asset) return ctx.throw(404)
    ctx.type = asset.type
    ctx.set('ETag', asset.etag)
    ctx.set('Cache-Control', ctx.query.v ? 'public, max-age=31536000, immutable' : 'public, max-age=300')
    ctx.status = 200
    if (ctx.fresh) ctx.status = 304
    else ctx.body = asset.body
  }
}

function home({ app, show }: { app: App; show: Show }): Handler {
  return async ctx => {
    if (ctx.path !== '/' || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return ctx.throw(404)
    const { config, scope, setup } = app
    show(ctx, 'home', {
      issuer: config.issuer,
      demoUrl: config.demoPort ? `http://localhost:${config.demoPort}` : null,
      mailbox: config.mailbox,
      setupPending: await scope(() => setup.pending()),
    })
  }
}
