/** ISSUER_BASE_URL, CLIENT_ID, CLIENT_SECRET, BASE_URL and SECRET are read by the library. */
import express from 'express'
import { auth } from 'express-openid-connect'
import session from 'express-session'

const app = express()

app.use(
  auth({
    authRequired: false,
    idpLogout: true,
    authorizationParams: { response_type: 'code', scope: 'openid profile email roles offline_access' },
    backchannelLogout: { store: new session.MemoryStore() },
  }),
)

app.get('/', (request, response) => {
  const { email, roles } = request.oidc.user ?? {}
  response.json({ email, roles })
})

app.get('/refresh', async (request, response) => {
  const before = request.oidc.accessToken.access_token
  const { access_token: after } = await request.oidc.accessToken.refresh()
  response.json({ before, after })
})

app.listen(process.env.PORT)
