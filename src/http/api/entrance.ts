import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { epoch } from '../../base/clock.ts'
import { SignedOut } from '../../base/refusals.ts'
import { ACCOUNT_SCOPE } from '../../clients/scopes.ts'
import { network } from '../../limits/limits.ts'
import { type Bearer, demandRecent, readBearer, refused, TokenRefused } from '../../oidc/bearer.ts'
import type { CurrentProvider } from '../../oidc/current-provider.ts'
import { DPOP_ALGORITHMS } from '../../oidc/dpop-proof.ts'
import type { Context, Handler } from '../context.ts'
import { readJson } from './body.ts'
import { checked } from './checked.ts'
import { CrossOrigin } from './cross-origin.ts'
import type { Route } from './route.ts'

/** Seconds since the sign-in within which sensitive changes are made. */
const RECENT = 10 * 60

/** Who may come in: an access token of ours with the scope `account`, from a recent sign-in where it matters. */
export class Entrance {
  readonly #app: App
  readonly #parts: { app: App; current: CurrentProvider }
  readonly #origins: CrossOrigin

  constructor(parts: { app: App; current: CurrentProvider }) {
    this.#app = parts.app
    this.#parts = parts
    this.#origins = new CrossOrigin(parts.app)
  }

  /** Around all routes: what is said to browsers, and why a token does not do. */
  readonly watch: Handler = async (ctx, next) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.vary('Origin')
    if (ctx.method === 'OPTIONS') return this.#origins.preflight(ctx)
    try {
      await next()
    } catch (error) {
      if (error instanceof TokenRefused) await this.#challenge(ctx, error)
      throw error
    }
  }

  open(route: Route): Handler {
    return async ctx => {
      const bearer = await this.#bearer(ctx, route)
      this.#origins.allow(ctx, bearer.origins)
      await this.#app.limits.apiByAccount.take(bearer.person.id)
      // No id holds one, and PostgreSQL takes no text that does.
      if (Object.values(ctx.params).some(value => String(value).includes('\0'))) ctx.throw(404)
      if (route.recent) demandRecent(bearer, RECENT, epoch(this.#app.clock.now()))
      const answer = await handled(route, {
        person: bearer.person,
        account: () => this.#app.accounts.find(bearer.person.id),
        by: actor(ctx, bearer),
        session: bearer.session ?? undefined,
        locale: ctx.state.locale,
        params: ctx.params,
        query: route.query && checked(route.query, { ...ctx.query }, 'query'),
        body: route.body && checked(route.body, await readJson(ctx), 'body'),
      })
      ctx.body = route.answer ? answer : null
      ctx.status = route.status ?? (route.answer ? 200 : 204)
    }
  }

  /** Tokens that do not do are counted, so that nobody can try them, or keep us looking for them, without end. */
  async #bearer(ctx: Context, { scope }: Route): Promise<Bearer> {
    const { method, href: url } = ctx
    const authorization = ctx.get('authorization')
    try {
      const shown = { authorization, proof: ctx.get('dpop'), method, url }
      return await readBearer(this.#parts, shown, scope ? [ACCOUNT_SCOPE, scope] : [ACCOUNT_SCOPE])
    } catch (error) {
      if (error instanceof TokenRefused && authorization)
        await this.#app.limits.apiByAddress.take(network(ctx.state.visitor.ip))
      throw error
    }
  }

  async #challenge(ctx: Context, { challenge }: TokenRefused): Promise<void> {
    const bound = /^dpop /i.test(ctx.get('authorization'))
    const algorithms = bound ? { algs: DPOP_ALGORITHMS.join(' ') } : {}
    const parameters = Object.entries({ realm: this.#app.config.issuer, ...challenge, ...algorithms })
    ctx.set(
      'WWW-Authenticate',
      `${bound ? 'DPoP' : 'Bearer'} ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`,
    )
    if (!ctx.response.get('Access-Control-Allow-Origin')) await this.#origins.allowAnybodyKnown(ctx)
  }
}

/** Of somebody who was signed out meanwhile the token is dead. @throws TokenRefused */
async function handled(route: Route, call: Parameters<Route['handle']>[0]): Promise<unknown> {
  try {
    return await route.handle(call)
  } catch (error) {
    throw error instanceof SignedOut ? refused() : error
  }
}

/** The person, as the one who does it. */
function actor(ctx: Context, { person, signedInAt }: Bearer): Actor {
  return { ...ctx.state.visitor, kind: 'account', id: person.id, signedInAt }
}
