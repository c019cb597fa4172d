import Router from '@koa/router'
import type { KoaProtection } from 'gatehouse/resource-server/koa'
import Koa, { type Context, type Middleware } from 'koa'
import { WWWAuthenticateChallengeError } from 'openid-client'
import { apiRoutes } from './api.ts'
import { assets } from './assets.ts'
import { readForm } from './form.ts'
import { guardedHeaders } from './headers.ts'
import { backChannelLogout } from './logout.ts'
import { answerOf, REVOKED, refreshed, refusalOf } from './notices.ts'
import { errorPage, personPage, welcomePage } from './pages.ts'
import type { Person } from './person.ts'
import { explain, FOREIGN_FORM, NOT_FOUND, type Problem, UNKNOWN_SIGN_IN } from './problems.ts'
import { API_SCOPE, type RelyingParty } from './relying-party.ts'
import { type Session, Sessions, sameSecret } from './sessions.ts'
import { strongerSignIn } from './stronger.ts'

export interface Log {
  error(details: object, message: string): void
  warn(message: string): void
}

interface DemoParts {
  /** The address of the demo, never taken from the Host header of a request. */
  url: string
  relyingParty: RelyingParty
  api: KoaProtection
  log: Log
}

/** The pages and the API. */
export function createDemo({ url, relyingParty, api, log }: DemoParts): Koa {
  const sessions = new Sessions()
  const { issuer, clientId, resource } = relyingParty
  const jwksUri = async () => (await relyingParty.provider()).serverMetadata().jwks_uri

  const router = new Router()
  router.get('/', home)
  router.get('/sign-in', signIn)
  router.get('/callback', callback)
  router.post('/refresh', button(refresh))
  router.post('/call-api', button(callApi))
  router.post('/open-vault', button(openVault))
  router.post('/revoke', button(revoke))
  router.post('/sign-out', button(signOut))
  router.post(
    '/backchannel-logout',
    backChannelLogout({ issuer, clientId, jwksUri, end: whose => sessions.endOf(whose) }),
  )
  router.get('/assets/:file', assets)

  const app = new Koa()
  app.on('error', error => log.error({ err: error }, 'the demo failed to respond'))
  app.use(guardedHeaders(issuer))
  app.use(explainErrors)
  app.use(api.metadata)
  app.use(apiRoutes(api, API_SCOPE))
  app.use(router.routes())
  return app

  async function home(ctx: Context) {
    const session = sessions.find(ctx)
    if (session?.person == null) {
      ctx.body = welcomePage({ issuer })
      return
    }
    const { person, csrf, notice } = session
    session.notice = undefined
    const canRevoke = !person.revoked && (await relyingParty.canRevoke())
    ctx.body = personPage({ person, csrf, notice, issuer, resource, api: api.status(), canRevoke })
  }

  async function signIn(ctx: Context) {
    const { location, checks } = await relyingParty.begin()
    const session = sessions.find(ctx) ?? sessions.start(ctx)
    session.expect(checks)
    ctx.redirect(location.href)
  }

  async function callback(ctx: Context) {
    const returned = new URL(ctx.originalUrl, url)
    const before = sessions.find(ctx)
    const expected = before?.expected(returned.searchParams.get('state') ?? '')
    if (expected == null) return refuse(ctx, UNKNOWN_SIGN_IN)
    const person = await relyingParty.finish(returned, expected.checks)
    if (before?.person) person.continueFrom(before.person)
    const session = sessions.start(ctx)
    session.person = person
    if (expected.toVault) await ask('vault', person, session)
    ctx.redirect('/')
  }

  async function refresh(person: Person, session: Session) {
    const before = person.refreshToken
    await relyingParty.renew(person)
    session.notice = refreshed(person.refreshToken !== before)
    return '/'
  }

  async function callApi(person: Person, session: Session) {
    await ask('whoami', person, session)
    return '/'
  }

  async function revoke(person: Person, session: Session) {
    await relyingParty.revoke(person)
    session.notice = REVOKED
    return '/'
  }

  /** Follows the challenge of the API (RFC 9470): the person steps up, and then the vault is opened again. */
  async function openVault(person: Person, session: Session) {
    const stronger = strongerSignIn(await ask('vault', person, session))
    if (stronger == null) return '/'
    const { location, checks } = await relyingParty.begin(stronger)
    session.notice = undefined
    session.expect(checks, { toVault: true })
    return location.href
  }

  /** Shows the answer of the API, and returns its challenge if it refused. */
  async function ask(what: 'whoami' | 'vault', person: Person, session: Session) {
    try {
      session.notice = await answerOf(await relyingParty.callApi(what, person))
    } catch (error) {
      if (!(error instanceof WWWAuthenticateChallengeError)) throw error
      session.notice = refusalOf(error)
      return error
    }
  }

  async function signOut(person: Person, _session: Session, ctx: Context) {
    sessions.end(ctx)
    return (await relyingParty.signOutLocation(person)).href
  }

  /** An action of a button: needs a signed-in person and our form token, and redirects to a page that can be reloaded. */
  function button(act: (person: Person, session: Session, ctx: Context) => Promise<string>): Middleware {
    return async ctx => {
      const session = sessions.find(ctx)
      ctx.status = 303
      if (session?.person == null) return ctx.redirect('/')
      const form = await readForm(ctx.req)
      if (!sameSecret(session.csrf, form.get('csrf') ?? '')) return refuse(ctx, FOREIGN_FORM)
      ctx.redirect(await act(session.person, session, ctx))
    }
  }

  async function explainErrors(ctx: Context, next: () => Promise<void>) {
    try {
      await next()
      if (ctx.status === 404 && ctx.body == null) refuse(ctx, NOT_FOUND)
    } catch (error) {
      const problem = explain(error)
      if (problem.status >= 500) ctx.app.emit('error', error)
      if (problem.signedOut) sessions.end(ctx)
      refuse(ctx, problem)
    }
  }

  function refuse(ctx: Context, problem: Problem) {
    ctx.status = problem.status
    ctx.body = errorPage({ problem, issuer })
  }
}
