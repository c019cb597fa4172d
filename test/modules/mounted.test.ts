import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import test, { type ExecutionContext } from 'ava'
import express from 'express'
import fastify from 'fastify'
import * as forExpress from 'gatehouse/resource-server/express'
import * as forFastify from 'gatehouse/resource-server/fastify'
import * as forHono from 'gatehouse/resource-server/hono'
import * as forKoa from 'gatehouse/resource-server/koa'
import { Hono } from 'hono'
import { calculateJwkThumbprint } from 'jose'
import Koa from 'koa'
import { newKeyPair } from '../support/assertions.ts'
import { Prover, publicPart } from '../support/dpop.ts'
import { AUDIENCE, LoopbackIssuer } from '../support/resource-server/loopback-issuer.ts'

/** `protect` on the path `/v1` alone: what is beside it stays open, and the metadata is found all the same. */
const issuer = await LoopbackIssuer.start()
test.after.always(() => issuer.stop())

const options = {
  issuer: issuer.url,
  audience: AUDIENCE,
  clock: issuer.clock,
  revocations: false,
  timeout: 120,
  log: () => {},
}

async function listening(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer({ keepAliveTimeout: 600_000 }, listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const apps: Record<string, (t: ExecutionContext) => Promise<string>> = {
  express: t => {
    const [app, api, router] = [express(), forExpress.protect(options), express.Router()]
    router.get('/orders', (req, res) => void res.send(req.access.subject))
    app.use(api.metadata).use('/v1', api, router)
    app.get('/open', (_, res) => void res.send('open'))
    return listening(t, app)
  },
  koa: t => {
    const [app, api, router] = [new Koa(), forKoa.protect(options), new Router()]
    router.get('/v1/orders', api, ctx => {
      ctx.body = ctx.state.access.subject
    })
    router.get('/open', ctx => {
      ctx.body = 'open'
    })
    app.use(api.metadata).use(router.routes())
    return listening(t, app.callback())
  },
  fastify: async t => {
    const [app, api] = [fastify(), forFastify.protect(options)]
    t.teardown(() => app.close())
    app.addHook('onRequest', api.metadata)
    app.get('/open', async () => 'open')
    app.register(async own => {
      own.register(api)
      own.get('/v1/orders', async request => request.access.subject)
    })
    return app.listen({ port: 0, host: '127.0.0.1' })
  },
  hono: async t => {
    const { getRequestListener } = await import('@hono/node-server')
    const [app, api] = [new Hono(), forHono.protect(options)]
    app.use(api.metadata)
    app.get('/open', c => c.text('open'))
    app.use('/v1/*', api)
    app.get('/v1/orders', c => c.text(c.get('access').subject))
    return listening(t, getRequestListener(app.fetch))
  },
}

for (const [name, start] of Object.entries(apps)) {
  test(`${name}: one path can be protected, with the metadata beside it`, async t => {
    const url = await start(t)
    const call = (path: string, headers = {}, method = 'GET') => fetch(url + path, { headers, method })
    t.is(await (await call('/open')).text(), 'open')
    t.is((await call('/v1/orders')).status, 401)
    const authorization = `Bearer ${await issuer.token()}`
    t.is(await (await call('/v1/orders', { authorization })).text(), 'ada')
    for (const path of ['', '/v1']) {
      const document = await call(`/.well-known/oauth-protected-resource${path}`)
      t.is(((await document.json()) as { resource: string }).resource, AUDIENCE)
      t.is((await call(`/.well-known/oauth-protected-resource${path}`, {}, 'HEAD')).status, 200)
    }
    t.not((await call('/.well-known/oauth-protected-resource/v2')).status, 200)
  })

  test(`${name}: J-06: a proof is for the whole path, not for the part below the mounted one`, async t => {
    const url = await start(t)
    const key = await newKeyPair()
    const prover = new Prover(new URL(AUDIENCE).origin, key)
    const token = await issuer.token({ cnf: { jkt: await calculateJwkThumbprint(publicPart(key)) } })
    const ath = createHash('sha256').update(token).digest('base64url')
    const call = async (path: string) => {
      const htu = new URL(AUDIENCE).origin + path
      const claims = { htm: 'GET', htu, ath, jti: randomUUID(), iat: issuer.clock.epoch }
      const headers = { authorization: `DPoP ${token}`, dpop: await prover.proof({ claims }) }
      return (await fetch(`${url}/v1/orders?page=1`, { headers })).status
    }
    t.is(await call('/v1/orders'), 200)
    t.is(await call('/orders'), 401)
  })
}
