/**
 * The smallest API with Hono that accepts Gatehouse's access tokens:
 * `ISSUER=https://id.example.com AUDIENCE=https://api.example.com PORT=4001 node api-hono.mjs`.
 */
import { serve } from '@hono/node-server'
import { protect, requireScope } from 'gatehouse/resource-server/hono'
import { Hono } from 'hono'

const { ISSUER: issuer, AUDIENCE: audience, PORT = '4001' } = process.env
const app = new Hono()
app.use(protect({ issuer, audience }))
app.get('/orders', requireScope('orders:read'), c => c.json({ hello: c.get('access').subject }))
serve({ fetch: app.fetch, port: Number(PORT) }, () => console.log(`The API listens on port ${PORT}`))
