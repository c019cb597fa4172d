/**
 * The smallest Koa application that signs people in. Run it beside a Gatehouse on this machine:
 * `ISSUER=http://localhost:3000 CLIENT_ID=… CLIENT_SECRET=… node examples/koa.ts`, then open http://localhost:4000.
 * Its client's redirect URI is http://localhost:4000/callback.
 */
import { randomUUID } from 'node:crypto'
import Koa from 'koa'
import * as oidc from 'openid-client'

interface Session {
  checks?: { pkceCodeVerifier: string; expectedState: string }
  person?: oidc.IDToken
}

const { ISSUER = 'http://localhost:3000', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env
const url = 'http://localhost:4000'
const sessions = new Map<string, Session>()

// allowInsecureRequests is for http://localhost only: leave it out in production.
const gatehouse = await oidc.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: ISSUER.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
})

const app = new Koa()
app.use(async ctx => {
  const session = sessions.get(ctx.cookies.get('koa_example') ?? '')

  if (ctx.path === '/callback' && session?.checks) {
    const tokens = await oidc.authorizationCodeGrant(gatehouse, new URL(ctx.url, url), session.checks)
    remember(ctx, { person: tokens.claims() })
    ctx.redirect('/')
  } else if (ctx.path === '/' && session?.person) {
    ctx.body = `Hello, ${session.person.sub}. Your roles: ${session.person.roles ?? 'none'}`
  } else if (ctx.path === '/') {
    const checks = { pkceCodeVerifier: oidc.randomPKCECodeVerifier(), expectedState: oidc.randomState() }
    remember(ctx, { checks })
    const parameters = {
      redirect_uri: `${url}/callback`,
      scope: 'openid profile email roles',
      state: checks.expectedState,
      code_challenge: await oidc.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
      code_challenge_method: 'S256',
    }
    ctx.redirect(oidc.buildAuthorizationUrl(gatehouse, parameters).href)
  }
})
app.listen(4000, () => console.log(`Open ${url}`))

/** A new ID for each session, so that an ID known before the sign-in is useless. With https add `secure: true`. */
function remember(ctx: Koa.Context, session: Session) {
  sessions.delete(ctx.cookies.get('koa_example') ?? '')
  const id = randomUUID()
  sessions.set(id, session)
  ctx.cookies.set('koa_example', id, { httpOnly: true, sameSite: 'lax' })
}
