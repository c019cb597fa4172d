import type { Program } from './kit/connection.ts'
import { authjs } from './programs/authjs.ts'
import { djangoAllauth } from './programs/django-allauth.ts'
import { expressOpenidConnect } from './programs/express-openid-connect.ts'
import { flask } from './programs/flask.ts'
import { goOidc } from './programs/go-oidc.ts'
import { modAuthOpenidc } from './programs/mod-auth-openidc.ts'
import { mozillaDjangoOidc } from './programs/mozilla-django-oidc.ts'
import { nextauth } from './programs/nextauth.ts'
import { oauth2Proxy } from './programs/oauth2-proxy.ts'
import { oidcAgent } from './programs/oidc-agent.ts'
import { oidcClientTs } from './programs/oidc-client-ts.ts'
import { openidconnectRs } from './programs/openidconnect-rs.ts'
import { passport } from './programs/passport.ts'
import { apiFastapi, apiGo } from './programs/protected-apis.ts'
import { pythonSocialAuth } from './programs/python-social-auth.ts'
import { springClient, springResourceServer } from './programs/spring.ts'

/** All programs, those that take longest to install first. */
export const PROGRAMS: readonly Program[] = [
  openidconnectRs,
  oauth2Proxy,
  nextauth,
  springClient,
  springResourceServer,
  mozillaDjangoOidc,
  pythonSocialAuth,
  flask,
  djangoAllauth,
  goOidc,
  apiFastapi,
  apiGo,
  expressOpenidConnect,
  authjs,
  passport,
  oidcClientTs,
  modAuthOpenidc,
  oidcAgent,
]
