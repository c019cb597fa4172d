import type { App } from '../../../app.ts'
import { network } from '../../../base/network/ip-ranges.ts'
import { InvalidInput } from '../../../base/refusals.ts'
import { type Administrator, readAdministrator } from '../../../oidc/bearer/administrator.ts'
import { TokenRefused } from '../../../oidc/bearer/token-refused.ts'
import type { CurrentProvider } from '../../../oidc/provider/current-provider.ts'
import { validate } from '../../account/forms/validate.ts'
import type { Context, Handler } from '../../kit/request/context.ts'
import { readJson } from '../body.ts'
import type { CrossOrigin } from '../cross-origin.ts'
import { etagOf, requireMatch } from './etag.ts'
import { type Answered, Idempotency } from './idempotency.ts'
import { snakeCase } from './names.ts'
import { readQuery } from './query.ts'
import { countRequest } from './rate-limit.ts'
import type { Call, Route } from './route.ts'
import { noQuery } from './values.ts'

interface Parts {
  app: App
  current: CurrentProvider
  origins: CrossOrigin
}

/** Does what the head of a route says: token, permission, limit, parameters, body, account, If-Match, Idempotency-Key. */
export class AdminGuard {
  readonly #parts: Parts
  readonly #idempotency: Idempotency

  constructor(parts: Parts) {
    this.#parts = parts
    this.#idempotency = new Idempotency(parts.app)
  }

  handler(route: Route): Handler {
    const { app, current, origins } = this.#parts
    return async ctx => {
      const caller = await this.#caller(ctx, route)
      Object.assign(ctx.state.notes, { client: caller.clientId, account: caller.kind === 'account' ? caller.id : null })
      origins.allowClient(ctx, caller.origins)
      await countRequest(ctx, app.limits.adminApiByCaller, `${caller.id} ${caller.clientId}`)
      const { kind, id, rights, signedInAt } = caller
      const params = ctx.params as Record<string, string>
      requireVersioned(ctx, route)
      if (Object.values(params).some(value => value.includes('\0'))) ctx.throw(404)
      const query = validate(route.query ?? noQuery, readQuery(ctx), 'query')
      const sent = route.body && (await readJson(ctx))
      const call: Call = {
        ...{ app, current, params, rights },
        by: { ...ctx.state.visitor, kind, id, signedInAt },
        account: (await this.#account(route, params, caller)) as never,
        query,
        body: route.body && validate(route.body, sent, 'body'),
        expect: representation => requireMatch(ctx.get('if-match'), representation),
      }
      const key = ctx.req.headers['idempotency-key']
      const work = () => answered(route, call)
      if (route.method !== 'post' || key === undefined) return respond(ctx, route, await work())
      const request = JSON.stringify([ctx.path, sent ?? null])
      const { replayed, ...answer } = await this.#idempotency.once(
        { key: String(key), caller: describe(caller), request },
        work,
      )
      if (replayed) ctx.set('Idempotency-Replayed', 'true')
      respond(ctx, route, answer)
    }
  }

  /** Limits refused tokens by IP address, because looking them up costs a query. */
  async #caller(ctx: Context, { permission }: Route): Promise<Administrator> {
    const { method, href: url } = ctx
    const authorization = ctx.get('authorization')
    try {
      return await readAdministrator(this.#parts, { authorization, proof: ctx.get('dpop'), method, url }, permission)
    } catch (error) {
      if (error instanceof TokenRefused && authorization)
        await this.#parts.app.limits.apiByIp.take(network(ctx.state.visitor.ip))
      throw error
    }
  }

  /** No one changes an account that has more rights than they have, nor exports what is stored about it. */
  async #account({ method, guarded }: Route, { account: name }: Record<string, string>, { rights }: Administrator) {
    if (name === undefined) return null
    const account = await this.#parts.app.accounts.find(name)
    if (method !== 'get' || guarded) {
      const { permissions, superuser } = await this.#parts.app.assignments.rightsOf(account)
      rights.requireToCover('the account', permissions, { superuser })
    }
    return account
  }
}

/** An answer is repeated only for the same person, application and rights. */
function describe({ id, clientId, rights: { permissions, superuser } }: Administrator): string {
  return JSON.stringify([id, clientId, [...permissions].sort(), superuser])
}

/** Where nothing is compared with it, `If-Match` is refused rather than ignored. @throws InvalidInput */
function requireVersioned(ctx: Context, { method, versioned }: Route): void {
  const sent = ctx.get('if-match').trim()
  if (method !== 'get' && !versioned && sent !== '' && sent !== '*')
    throw new InvalidInput({ 'If-Match': 'is not possible here; leave it out' })
}

/** Only what the schema of the answer names leaves the server. A refusal names each field as the body does. */
async function answered(route: Route, call: Call): Promise<Answered> {
  try {
    const result = await route.does(call)
    const status = route.status ?? (route.answer ? (route.method === 'post' ? 201 : 200) : 204)
    return { status, body: route.answer ? route.answer.parse(result) : null }
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error
    const named = Object.entries(error.fields).map(([name, problem]) => {
      return [route.fields?.[name] ?? snakeCase(name), problem]
    })
    const composed = new InvalidInput(error.fields).message === error.message
    throw new InvalidInput(Object.fromEntries(named), composed ? undefined : error.message)
  }
}

function respond(ctx: Context, { method, path, versioned, named = 'id' }: Route, { status, body }: Answered): void {
  ctx.status = status
  ctx.body = body
  if (versioned && body !== null) ctx.set('ETag', etagOf(body))
  const { next, [named]: id } = (body ?? {}) as Record<string, unknown>
  if (method === 'post' && !path.includes(':') && typeof id === 'string')
    ctx.set('Location', `${ctx.URL.origin}${ctx.mountPath ?? ''}${ctx.path}/${encodeURIComponent(id)}`)
  if (typeof next === 'string') {
    const url = new URL(ctx.href)
    url.searchParams.set('after', next)
    ctx.set('Link', `<${url.href}>; rel="next"`)
  }
}
