/**
 * The smallest API with Express that accepts Gatehouse's access tokens:
 * `ISSUER=https://id.example.com AUDIENCE=https://api.example.com PORT=4001 node api-express.mjs`.
 */
import express from 'express'
import { protect, requireScope } from 'gatehouse/resource-server/express'

const { ISSUER: issuer, AUDIENCE: audience, PORT = '4001' } = process.env
const app = express()
app.use(protect({ issuer, audience }))
app.get('/orders', requireScope('orders:read'), (req, res) => {
  res.json({ hello: req.access.subject })
})
app.listen(PORT, () => console.log(`The API listens on port ${PORT}`))
