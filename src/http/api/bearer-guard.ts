import type { App } from '../../app.ts'
import { epoch } from '../../base/clock.ts'
import { network } from '../../base/network/ip-ranges.ts'
import { InvalidInput, SignedOut, WrongCredentials } from '../../base/refusals.ts'
import { ACCOUNT_SCOPE } from '../../clients/scopes.ts'
import { type Bearer, readBearer, requireRecentSignIn } from '../../oidc/bearer/bearer.ts'
import { invalidToken, TokenRefused } from '../../oidc/bearer/token-refused.ts'
import type { CurrentProvider } from '../../oidc/provider/current-provider.ts'
import { type Action, type Call, itemOf, perform, readOnly, reads } from '../account/action.ts'
import { validate } from '../account/forms/validate.ts'
import type { Context, Handler } from '../kit/request/context.ts'
import { readJson } from './body.ts'
import type { CrossOrigin } from './cross-origin.ts'

/** Seconds since the sign-in within which sensitive changes are allowed. */
const RECENT = 10 * 60

/** Accepts access tokens with the scope `account`, from a recent sign-in if the action requires one. */
export class BearerGuard {
  readonly #app: App
  readonly #parts

  constructor(parts: { app: App; current: CurrentProvider; origins: CrossOrigin }) {
    this.#app = parts.app
    this.#parts = parts
  }

  handler(action: Action): Handler {
    const { recent, query, body } = action
    const { scope, answer, status = answer ? 200 : 204 } = action.api!
    return async ctx => {
      const bearer = await this.#bearer(ctx, scope)
      const { person, signedInAt } = bearer
      ctx.state.notes.account = person.id
      this.#parts.origins.allowClient(ctx, bearer.origins)
      await this.#app.limits.apiByAccount.take(person.id)
      if (bearer.impersonated && !reads(action)) throw readOnly()
      const item = itemOf(ctx)
      if (recent) requireRecentSignIn(bearer, RECENT, epoch(this.#app.clock.now()))
      ctx.state.action = action.name
      const result = await performAction(action, {
        app: this.#app,
        person,
        account: () => this.#app.accounts.find(person.id),
        by: { ...ctx.state.visitor, kind: 'account', id: person.id, signedInAt },
        session: bearer.session ?? undefined,
        browser: null,
        locale: ctx.state.locale,
        item,
        query: query && validate(query, { ...ctx.query }, 'query'),
        body: body && validate(body, await readJson(ctx), 'body'),
      })
      ctx.body = answer ? result : null
      ctx.status = status
    }
  }

  /** Limits refused tokens by IP address, because looking them up costs a query. */
  async #bearer(ctx: Context, scope: string | undefined): Promise<Bearer> {
    const { method, href: url } = ctx
    const authorization = ctx.get('authorization')
    try {
      const presented = { authorization, proof: ctx.get('dpop'), method, url }
      return await readBearer(this.#parts, presented, scope ? [ACCOUNT_SCOPE, scope] : [ACCOUNT_SCOPE])
    } catch (error) {
      if (error instanceof TokenRefused && authorization)
        await this.#app.limits.apiByIp.take(network(ctx.state.visitor.ip))
      throw error
    }
  }
}

/**
 * If the person was signed out meanwhile, the token is no longer valid. A wrong password is answered with 422 for its
 * field, because 401 is about the token alone. @throws TokenRefused
 */
async function performAction(action: Action, call: Call<unknown, unknown>): Promise<unknown> {
  try {
    return await perform(action, call)
  } catch (error) {
    if (error instanceof SignedOut) throw invalidToken()
    if (!(error instanceof WrongCredentials)) throw error
    throw new InvalidInput({ [action.about ?? 'body']: action.refusals?.[error.code] ?? 'wrong' })
  }
}
