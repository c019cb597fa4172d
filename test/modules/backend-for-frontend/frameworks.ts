import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { browserSessions } from 'gatehouse/backend-for-frontend'
import { browserSessions as fastifySessions } from 'gatehouse/backend-for-frontend/fastify'
import { browserSessions as honoSessions } from 'gatehouse/backend-for-frontend/hono'
import { browserSessions as koaSessions } from 'gatehouse/backend-for-frontend/koa'
import { Hono } from 'hono'
import Koa from 'koa'
import type { Serve } from './application.ts'

/** The same small application under each framework: `/` says who is signed in, and needs a session to be changed. */
export const FRAMEWORKS: Record<string, Serve> = {
  Express(settings, { url }) {
    const sessions = browserSessions(settings)
    const app = express()
    app.use(sessions.middleware)
    app.use(sessions.forward('/api', url))
    app.use(express.json())
    app.all('/', async (req, res) => {
      res.send(`${(await sessions.of(req))?.claims.name ?? 'nobody'} ${req.method}`)
    })
    app.use(sessions.errors)
    return app
  },

  Koa(settings, { url }) {
    const sessions = koaSessions(settings)
    const app = new Koa()
    app.silent = true
    app.use(sessions.middleware)
    app.use(sessions.forward('/api', url))
    app.use(async ctx => {
      ctx.body = `${(await sessions.of(ctx))?.claims.name ?? 'nobody'} ${ctx.method}`
    })
    return app.callback()
  },

  async Fastify(settings, { url }) {
    const sessions = fastifySessions(settings)
    const app = Fastify()
    await app.register(sessions.middleware)
    await app.register(sessions.forward('/api', url))
    app.all('/', async request => `${(await sessions.of(request))?.claims.name ?? 'nobody'} ${request.method}`)
    await app.ready()
    return (req, res) => app.routing(req, res)
  },

  Hono(settings, { url }) {
    const sessions = honoSessions(settings)
    const app = new Hono()
    app.use(sessions.middleware)
    app.use(sessions.forward('/api', url))
    app.all('/', async c => c.text(`${(await sessions.of(c))?.claims.name ?? 'nobody'} ${c.req.method}`))
    return getRequestListener(app.fetch)
  },
}
