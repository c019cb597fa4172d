/**
 * The smallest Express application that signs people in. Copy it into a folder of its own, then
 * `npm install express express-session openid-client` and
 * `ISSUER=http://localhost:3000 CLIENT_ID=… CLIENT_SECRET=… node express.mjs`, and open http://localhost:4000.
 * Its client's redirect URI is http://localhost:4000/callback.
 */
import { randomUUID } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import * as oidc from 'openid-client'

const { ISSUER = 'http://localhost:3000', CLIENT_ID, CLIENT_SECRET, SESSION_SECRET = randomUUID() } = process.env
const url = 'http://localhost:4000'

// allowInsecureRequests is for http://localhost only: leave it out in production.
const gatehouse = await oidc.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: ISSUER.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
})

const app = express()
// Under https add `cookie: { secure: true }`; for more than one process, a store.
app.use(session({ secret: SESSION_SECRET, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))

app.get('/', (req, res) => {
  if (!req.session.person) return res.redirect('/sign-in')
  const { sub, roles = [] } = req.session.person
  res.type('text').send(`Hello, ${sub}. Your roles: ${roles.join(', ') || 'no roles'}`)
})

app.get('/sign-in', async (req, res) => {
  const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState() }
  req.session.checks = checks
  const parameters = {
    redirect_uri: `${url}/callback`,
    scope: 'openid profile email roles',
    state: checks.expectedState,
    code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
  }
  res.redirect(oidc.buildAuthorizationUrl(gatehouse, parameters).href)
})

app.get('/callback', async (req, res) => {
  if (!req.session.checks) return res.redirect('/sign-in')
  const tokens = await oidc.authorizationCodeGrant(gatehouse, new URL(req.originalUrl, url), req.session.checks)
  // A new session ID, so that an ID known before the sign-in is useless.
  req.session.regenerate(() => {
    req.session.person = tokens.claims()
    res.redirect('/')
  })
})

app.listen(4000, () => console.log(`Open ${url}`))
