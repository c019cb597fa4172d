import { HttpError } from 'koa'
import type { App } from '../../app.ts'
import { network } from '../../base/network/ip-ranges.ts'
import type { InvalidInput } from '../../base/refusals.ts'
import type { Client } from '../../clients/client.ts'
import { metadataError, registeredMetadata } from '../../clients/self-registration/client-metadata.ts'
import type { RegistrationRefused } from '../../clients/self-registration/registration-tokens.ts'
import type { StatementRefused } from '../../clients/self-registration/software-statements.ts'
import { readJson } from '../api/body.ts'
import { handleRefusals, setStatus } from '../kit/errors/error-responses.ts'
import { type Context, createRoutes, type Handler, type Routes } from '../kit/request/context.ts'

/**
 * Registration by programs (RFC 7591, OpenID Connect Dynamic Client Registration 1.0) and its management (RFC 7592). The
 * library's own endpoints are not used: they keep clients and tokens in its store, where they would expire with Redis, and
 * check metadata by other rules than registration by an operator.
 */
export function registrationRoutes({ app }: { app: App }): Routes {
  const routes = createRoutes('/reg')
  const { selfRegistration } = app

  const register: Handler = async ctx => {
    const body = await readJson(ctx)
    const made = await selfRegistration.register(body, manager(ctx))
    ctx.status = 201
    ctx.body = information(app, made)
  }

  const manager = (ctx: Context) => {
    const { visitor: by } = ctx.state
    return { token: bearer(ctx), network: network(by.ip), by }
  }

  const read: Handler = async ctx => {
    const client = await selfRegistration.find(String(ctx.params.id), manager(ctx))
    ctx.body = information(app, { client, accessToken: bearer(ctx)! })
  }

  const update: Handler = async ctx => {
    // The body first: it may take long to arrive, and the right to change the client may end meanwhile.
    const body = await readJson(ctx)
    const changed = await selfRegistration.update(String(ctx.params.id), body, manager(ctx))
    ctx.body = information(app, { ...changed, accessToken: bearer(ctx)! })
  }

  const remove: Handler = async ctx => {
    await selfRegistration.remove(String(ctx.params.id), manager(ctx))
    ctx.status = 204
  }

  routes.use(answerAsProtocol)
  routes.post('/', register)
  routes.get('/:id', read)
  routes.put('/:id', update)
  routes.delete('/:id', remove)
  for (const path of ['/', '/:id']) routes.options(path, preflight)
  return routes
}

/** The client information response (RFC 7591 section 3.2.1). The secret is in it only when it is new. */
function information(
  { config }: App,
  { client, secret = null, accessToken }: { client: Client; secret?: string | null; accessToken: string },
) {
  return {
    ...registeredMetadata(client),
    ...(secret === null ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    registration_access_token: accessToken,
    registration_client_uri: `${config.issuer}/reg/${encodeURIComponent(client.id)}`,
  }
}

/** Errors in the form of the protocol; browsers may call from any origin, since no cookie is read. */
const answerAsProtocol: Handler = async (ctx, next) => {
  ctx.set('Access-Control-Allow-Origin', '*')
  ctx.set('Access-Control-Expose-Headers', 'WWW-Authenticate, Retry-After, X-Request-Id')
  ctx.set('Cache-Control', 'no-store')
  await handleRefusals(ctx, () => withReadableBody(ctx, next), {
    refusals: {
      invalid_input: refusal => {
        ctx.status = 400
        ctx.body = metadataError(refusal as InvalidInput)
      },
      invalid_request: refusal => {
        const { error, message } = refusal as StatementRefused
        ctx.status = 400
        ctx.body = { error, error_description: message }
      },
      invalid_token: refusal => challenge(ctx, refusal as RegistrationRefused),
      too_many_attempts: refusal => {
        setStatus(ctx, refusal)
        ctx.body = { error: 'temporarily_unavailable', error_description: refusal.detail }
      },
    },
  })
}

/** A body that cannot be read is invalid metadata. */
async function withReadableBody(ctx: Context, next: () => Promise<unknown>): Promise<void> {
  try {
    await next()
  } catch (error) {
    if (!(error instanceof HttpError && error.expose)) throw error
    ctx.state.notes.error = error
    ctx.status = error.status
    ctx.body = { error: 'invalid_client_metadata', error_description: error.message }
  }
}

/** RFC 6750 section 3. */
function challenge(ctx: Context, { presented, message, status }: RegistrationRefused): void {
  ctx.status = status
  ctx.set('WWW-Authenticate', presented ? `Bearer error="invalid_token", error_description="${message}"` : 'Bearer')
  ctx.body = { error: 'invalid_token', error_description: message }
}

const preflight: Handler = ctx => {
  ctx.set('Access-Control-Allow-Methods', 'POST, GET, PUT, DELETE')
  ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type')
  ctx.set('Access-Control-Max-Age', '600')
  ctx.status = 204
}

function bearer(ctx: Context): string | null {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(ctx.get('authorization'))?.[1] ?? null
}
