import express from 'express'
import session from 'express-session'
import passport from 'passport'
import OpenIDConnectStrategy from 'passport-openidconnect'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, URL, PORT } = process.env

passport.use(
  new OpenIDConnectStrategy(
    {
      issuer: ISSUER,
      authorizationURL: `${ISSUER}/auth`,
      tokenURL: `${ISSUER}/token`,
      userInfoURL: `${ISSUER}/me`,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      callbackURL: `${URL}/cb`,
      scope: ['profile', 'email', 'roles'],
    },
    (_issuer, profile, _idProfile, _context, _idToken, _accessToken, _refreshToken, _parameters, done) =>
      done(null, { email: profile.emails[0].value, roles: profile._json.roles }),
  ),
)
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

const app = express()
app.use(session({ secret: 'of this application alone', resave: false, saveUninitialized: false }))
app.use(passport.session())

app.get('/login', passport.authenticate('openidconnect'))
app.get('/cb', passport.authenticate('openidconnect', { failureRedirect: '/login' }), (_request, response) =>
  response.redirect('/'),
)
app.get('/', (request, response) => response.json(request.user ?? {}))
app.get('/logout', (request, response, next) => {
  request.logout(error => {
    if (error) return next(error)
    const parameters = new URLSearchParams({ client_id: CLIENT_ID, post_logout_redirect_uri: `${URL}/` })
    response.redirect(`${ISSUER}/session/end?${parameters}`)
  })
})

app.listen(PORT)
