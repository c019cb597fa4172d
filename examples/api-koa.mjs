/**
 * The smallest API with Koa that accepts Gatehouse's access tokens:
 * `ISSUER=https://id.example.com AUDIENCE=https://api.example.com PORT=4001 node api-koa.mjs`.
 */
import Router from '@koa/router'
import { protect, requireScope } from 'gatehouse/resource-server/koa'
import Koa from 'koa'

const { ISSUER: issuer, AUDIENCE: audience, PORT = '4001' } = process.env
const [app, router] = [new Koa(), new Router()]
router.get('/orders', requireScope('orders:read'), ctx => {
  ctx.body = { hello: ctx.state.access.subject }
})
app.use(protect({ issuer, audience })).use(router.routes())
app.listen(PORT, () => console.log(`The API listens on port ${PORT}`))
