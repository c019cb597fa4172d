import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { serve } from '@hono/node-server'
import Router from '@koa/router'
import express from 'express'
import fastify from 'fastify'
import * as http from 'gatehouse/resource-server'
import * as forExpress from 'gatehouse/resource-server/express'
import * as forFastify from 'gatehouse/resource-server/fastify'
import * as forHono from 'gatehouse/resource-server/hono'
import * as forKoa from 'gatehouse/resource-server/koa'
import { Hono } from 'hono'
import Koa from 'koa'

export interface RunningApi extends http.Controls {
  stop(): Promise<void>
}

type Subject = (options: http.ProtectOptions, port: number) => Promise<RunningApi>

/** Milliseconds; a connection that a slow machine uses again late is not closed at that moment. */
const KEPT = 600_000

const VAULT = { acr: 'urn:gatehouse:acr:2fa', maxAge: 300 }

/** What each API answers if it lets a request through. */
function seen({ subject, clientId, scopes, roles, permissions, actor, claims, token }: http.Access) {
  const of = { subject, clientId, scopes: [...scopes], roles, permissions, actor }
  return { ...of, jti: claims.jti, length: token.length }
}

/** The same API with every framework: `/orders`, `/admin`, `/permitted`, `/vault`, `/recent` and `/any`. */
export const subjects: Record<string, Subject> = {
  async http(options, port) {
    const api = http.protect(options)
    const routes: Record<string, http.Check> = {
      '/orders': http.requireScope('orders:read'),
      '/admin': http.requireRole('admin'),
      '/permitted': http.requirePermission('orders:write'),
      '/vault': http.requireStepUp(VAULT),
      '/recent': http.requireStepUp({ maxAge: 300 }),
    }
    const answer = api.handler((req, res) => {
      routes[req.url ?? '']?.(req)
      res.setHeader('content-type', 'application/json').end(JSON.stringify(seen(req.access)))
    })
    return { ...api, ...(await listening(answer, port)) }
  },

  async express(options, port) {
    const { protect, requireScope, requireRole, requirePermission, requireStepUp } = forExpress
    const [app, api] = [express(), protect(options)]
    const answer: express.RequestHandler = (req, res) => void res.json(seen(req.access))
    app.use(api)
    app.get('/orders', requireScope('orders:read'), answer)
    app.get('/admin', requireRole('admin'), answer)
    app.get('/permitted', requirePermission('orders:write'), answer)
    app.get('/vault', requireStepUp(VAULT), answer)
    app.get('/recent', requireStepUp({ maxAge: 300 }), answer)
    app.get('/any', answer)
    return { ...controlsOf(api), ...(await listening(app, port)) }
  },

  async koa(options, port) {
    const { protect, requireScope, requireRole, requirePermission, requireStepUp } = forKoa
    const [app, router, api] = [new Koa(), new Router(), protect(options)]
    const answer: Koa.Middleware = ctx => {
      ctx.body = seen(ctx.state.access)
    }
    router.get('/orders', requireScope('orders:read'), answer)
    router.get('/admin', requireRole('admin'), answer)
    router.get('/permitted', requirePermission('orders:write'), answer)
    router.get('/vault', requireStepUp(VAULT), answer)
    router.get('/recent', requireStepUp({ maxAge: 300 }), answer)
    router.get('/any', answer)
    app.use(api).use(router.routes())
    return { ...controlsOf(api), ...(await listening(app.callback(), port)) }
  },

  async fastify(options, port) {
    const { protect, requireScope, requireRole, requirePermission, requireStepUp } = forFastify
    const [app, api] = [fastify({ keepAliveTimeout: KEPT }), protect(options)]
    const requiring = (...preHandler: forFastify.Hook[]) => ({ preHandler })
    const answer = async (request: fastify.FastifyRequest) => seen(request.access)
    app.register(api)
    app.get('/orders', requiring(requireScope('orders:read')), answer)
    app.get('/admin', requiring(requireRole('admin')), answer)
    app.get('/permitted', requiring(requirePermission('orders:write')), answer)
    app.get('/vault', requiring(requireStepUp(VAULT)), answer)
    app.get('/recent', requiring(requireStepUp({ maxAge: 300 })), answer)
    app.get('/any', answer)
    await app.listen({ port, host: '127.0.0.1' })
    return { ...controlsOf(api), stop: () => app.close() }
  },

  async hono(options, port) {
    const { protect, requireScope, requireRole, requirePermission, requireStepUp } = forHono
    const [app, api] = [new Hono(), protect(options)]
    app.use(api)
    app.get('/orders', requireScope('orders:read'), c => c.json(seen(c.get('access'))))
    app.get('/admin', requireRole('admin'), c => c.json(seen(c.get('access'))))
    app.get('/permitted', requirePermission('orders:write'), c => c.json(seen(c.get('access'))))
    app.get('/vault', requireStepUp(VAULT), c => c.json(seen(c.get('access'))))
    app.get('/recent', requireStepUp({ maxAge: 300 }), c => c.json(seen(c.get('access'))))
    app.get('/any', c => c.json(seen(c.get('access'))))
    const server = serve({
      fetch: app.fetch,
      port,
      hostname: '127.0.0.1',
      serverOptions: { keepAliveTimeout: KEPT },
    }) as Server
    await once(server, 'listening')
    return { ...controlsOf(api), stop: () => stopping(server) }
  },
}

function controlsOf({ start, status, close }: http.Controls): http.Controls {
  return { start, status, close }
}

export async function listening(listener: RequestListener, port: number): Promise<{ stop(): Promise<void> }> {
  const server = createServer({ keepAliveTimeout: KEPT }, listener).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { stop: () => stopping(server) }
}

async function stopping(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
