import type { Program } from './kit/connection.ts'
import { authjs } from './programs/authjs.ts'
import { djangoAllauth } from './programs/django-allauth.ts'
import { expressOpenidConnect } from './programs/express-openid-connect.ts'
import { flask } from './programs/flask.ts'
import { modAuthOpenidc } from './programs/mod-auth-openidc.ts'
import { mozillaDjangoOidc } from './programs/mozilla-django-oidc.ts'
import { nextauth } from './programs/nextauth.ts'
import { oidcClientTs } from './programs/oidc-client-ts.ts'
import { passport } from './programs/passport.ts'
import { pythonSocialAuth } from './programs/python-social-auth.ts'

/** All programs, those that take longest to install first. */
export const PROGRAMS: readonly Program[] = [
  nextauth,
  expressOpenidConnect,
  authjs,
  passport,
  oidcClientTs,
  flask,
  mozillaDjangoOidc,
  djangoAllauth,
  pythonSocialAuth,
  modAuthOpenidc,
]
