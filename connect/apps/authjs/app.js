import { ExpressAuth, getSession } from '@auth/express'
import express from 'express'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, URL, PORT } = process.env

const config = {
  secret: 'of this application alone, with at least 32 characters',
  trustHost: true,
  providers: [
    {
      id: 'gatehouse',
      name: 'Gatehouse',
      type: 'oidc',
      issuer: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      authorization: { params: { scope: 'openid profile email roles' } },
      profile: ({ sub, name, email, roles }) => ({ id: sub, name, email, roles }),
    },
  ],
  callbacks: {
    jwt: ({ token, user, account }) => (user ? { ...token, roles: user.roles, idToken: account.id_token } : token),
    session: ({ session, token }) => ({ ...session, roles: token.roles, idToken: token.idToken }),
  },
}

const app = express()
app.use('/auth/*', ExpressAuth(config))

app.get('/', async (request, response) => {
  const session = await getSession(request, config)
  response.json({ email: session?.user?.email, roles: session?.roles })
})

app.get('/logout', async (request, response) => {
  const { idToken } = await getSession(request, config)
  const parameters = new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: `${URL}/auth/signout` })
  response.redirect(`${ISSUER}/session/end?${parameters}`)
})

app.listen(PORT)
