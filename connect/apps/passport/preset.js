import express from 'express'
import session from 'express-session'
import passport from 'passport'

const app = express()
app.use(session({ secret: 'of this application alone', resave: false, saveUninitialized: false }))
app.use(passport.session())
passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user, done) => done(null, user))

// Paste: The code of the application

app.get('/', (request, response) => response.json(request.user ?? {}))
app.listen(process.env.PORT)
