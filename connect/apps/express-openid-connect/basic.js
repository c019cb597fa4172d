/** The first example of the library: ISSUER_BASE_URL, CLIENT_ID, BASE_URL and SECRET are all it needs. */
import express from 'express'
import { auth } from 'express-openid-connect'

const app = express()

app.use(auth({ authRequired: false, idpLogout: true, authorizationParams: { scope: 'openid profile email roles' } }))

app.get('/', (request, response) => {
  const { email, roles } = request.oidc.user ?? {}
  response.json({ email, roles })
})

app.listen(process.env.PORT)
