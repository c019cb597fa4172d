/**
 * The smallest API with Fastify that accepts Gatehouse's access tokens:
 * `ISSUER=https://id.example.com AUDIENCE=https://api.example.com PORT=4001 node api-fastify.mjs`.
 */
import fastify from 'fastify'
import { protect, requireScope } from 'gatehouse/resource-server/fastify'

const { ISSUER: issuer, AUDIENCE: audience, PORT = '4001' } = process.env
const app = fastify()
app.register(protect({ issuer, audience }))
app.get('/orders', { preHandler: requireScope('orders:read') }, async request => ({ hello: request.access.subject }))
await app.listen({ port: Number(PORT) })
console.log(`The API listens on port ${PORT}`)
