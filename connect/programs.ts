import type { Program } from './kit/connection.ts'
import { authjs } from './programs/authjs.ts'
import { expressOpenidConnect } from './programs/express-openid-connect.ts'
import { nextauth } from './programs/nextauth.ts'
import { oidcClientTs } from './programs/oidc-client-ts.ts'
import { passport } from './programs/passport.ts'

/** All programs, those that take longest first. */
export const PROGRAMS: readonly Program[] = [nextauth, expressOpenidConnect, authjs, passport, oidcClientTs]
