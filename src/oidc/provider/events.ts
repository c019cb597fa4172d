import type { errors, KoaContextWithOIDC } from 'oidc-provider'
import type { App } from '../../app.ts'
import type { Actor } from '../../base/actor.ts'
import { StoreUnavailable } from '../../base/refusals.ts'
import type { RequestNotes } from '../../requests/refused-request.ts'
import { failedAuthentication } from '../diagnosis/failed-authentication.ts'
import { protocolExplanation } from '../diagnosis/refusal-explanation.ts'
import { recordRefusedAccess } from '../diagnosis/refused-access.ts'
import { refusedRequestFix } from '../diagnosis/refused-request.ts'
import { ROLE_REFUSED } from '../interactions/prompt-policy.ts'
import { clearResponse } from './clear-response.ts'
import { unitOf } from './current-request.ts'
import type { GatehouseProvider } from './provider.ts'

/** Records the library's security events in the audit log, and refused and failed requests in the log. */
export function recordEvents(provider: GatehouseProvider, app: App): void {
  const { audit, clientUse, secretUse, scope, log, outages } = app
  const client = (ctx: KoaContextWithOIDC) => ctx.oidc.client?.clientId ?? null
  type Kind = 'session.signed-out' | 'token.reused' | 'token.revoked'
  const record = (kind: Kind, ctx: KoaContextWithOIDC, subjectOf: typeof owner) => {
    const by = ctx.state.visitor as Actor
    scope(async () => audit.write(kind, { by, subject: await subjectOf(ctx), target: client(ctx) })).catch(error =>
      log.error({ err: error, kind }, 'could not record an audit event'),
    )
  }

  const recordRefusal = (ctx: KoaContextWithOIDC) => {
    recordRefusedAccess(app, ctx).catch(error => log.error({ err: error }, 'could not record a refused access'))
  }

  /** What an application shows after a failed authentication seldom says what is wrong, so the log does. */
  const logRefusal = async (ctx: KoaContextWithOIDC, event: string, error: errors.OIDCProviderError) => {
    const about = { event, requestId: requestId(ctx), error: error.message }
    const [failed, fix] = [await failedAuthentication(ctx, error), refusedRequestFix(ctx, error)]
    if (failed?.client) notesOf(ctx).client = failed.client
    if (failed) log[failed.known ? 'warn' : 'info']({ ...about, ...failed }, 'a client could not authenticate')
    else
      log.info(
        { ...about, client: client(ctx), detail: detail(error), ...(fix !== null && { fix }) },
        'a protocol request was refused',
      )
    return protocolExplanation(ctx, error, { failed, fix, detail: detail(error) })
  }

  // The library leaves it out beside an ID token; some clients expect it in every response (RFC 9207 section 2).
  provider.on('authorization.success', ({ oidc }, response) => {
    if (response) response.iss = oidc.issuer
  })
  provider.on('end_session.success', ctx => {
    record('session.signed-out', ctx, async () => ctx.oidc.session?.accountId ?? null)
  })
  provider.on('interaction.started', (ctx, { name, reasons }) => {
    if (name === 'access' && reasons.includes('role')) recordRefusal(ctx)
  })
  provider.on('authorization.error', (ctx, error) => {
    if (error.error_description === ROLE_REFUSED && ctx.oidc.promptPending('none')) recordRefusal(ctx)
  })
  provider.on('grant.revoked', ctx => {
    record(ctx.oidc.route === 'token' ? 'token.reused' : 'token.revoked', ctx, owner)
  })
  for (const event of ['authorization.success', 'grant.success']) {
    provider.on(event as 'grant.success', ({ oidc }) => {
      const { clientId, self_registered_at: at } = oidc.client ?? {}
      if (clientId === undefined || at === undefined) return
      scope(() => clientUse.note(clientId)).catch(error =>
        log.error({ err: error, client: clientId }, 'could not note the use of a client'),
      )
    })
  }
  provider.secretUsed = (clientId, secretId) => {
    scope(() => secretUse.note(clientId, secretId)).catch(error => {
      if (error instanceof StoreUnavailable) return outages.note(error)
      log.error({ err: error, client: clientId }, 'could not note the use of a client secret')
    })
  }
  provider.on('backchannel.error', (ctx, error, { clientId }) => {
    log.error({ err: error, requestId: requestId(ctx), client: clientId }, 'could not notify a client of a logout')
  })
  for (const event of REFUSED) {
    provider.on(event as 'grant.error', (ctx, error) => {
      if (error instanceof StoreUnavailable) {
        failed(ctx, error.status)
        ctx.set(error.headers)
        notesOf(ctx).error = error
        return outages.note(error, requestId(ctx))
      }
      const explanation = logRefusal(ctx, event, error)
      Object.assign(notesOf(ctx), { client: client(ctx), account: accountOf(ctx), explanation })
      explanation.catch(reason => log.error({ err: reason, event }, 'could not log a refused request'))
    })
  }
  provider.on('server_error', (ctx, error) => {
    failed(ctx, 500)
    Object.assign(notesOf(ctx), { client: client(ctx), account: accountOf(ctx), error })
    log.error({ err: error, requestId: requestId(ctx) }, 'a protocol request failed')
  })
}

/** The event of each endpoint that says that a request was refused. */
const REFUSED = [
  'authorization.error',
  'pushed_authorization_request.error',
  'grant.error',
  'introspection.error',
  'revocation.error',
  'userinfo.error',
  'end_session.error',
  'end_session_confirm.error',
  'end_session_success.error',
  'jwks.error',
  'discovery.error',
] as const

/**
 * Discards what the request would have written, and the headers that its work set.
 * If the body of the error is already set, the headers that describe it stay.
 */
function failed(ctx: KoaContextWithOIDC, status: number): void {
  unitOf(ctx).fail()
  const ofBody = /^(content-|cache-control$|pragma$|cross-origin-|x-frame-|referrer-|permissions-)/
  clearResponse(ctx, status, ctx.body == null ? undefined : ofBody)
}

/**
 * The account of the revoked code or token. The library sets a token as an entity before it revokes,
 * but not a code that was used before, so that one is looked up.
 */
async function owner(ctx: KoaContextWithOIDC): Promise<string | null> {
  const { RefreshToken, AccessToken } = ctx.oidc.entities
  const code = ctx.oidc.params?.code
  const token =
    RefreshToken ??
    AccessToken ??
    (typeof code === 'string' ? await unitOf(ctx).get('AuthorizationCode', code) : undefined)
  return token?.accountId ?? null
}

function requestId(ctx: KoaContextWithOIDC): string {
  return String(ctx.state.requestId)
}

function notesOf(ctx: KoaContextWithOIDC): RequestNotes {
  return ctx.state.notes as RequestNotes
}

/** The account of what the request presented, or else of its browser session. */
function accountOf({ oidc }: KoaContextWithOIDC): string | null {
  const { AuthorizationCode, RefreshToken, AccessToken } = oidc.entities
  const token = AuthorizationCode ?? RefreshToken ?? AccessToken
  return token?.accountId ?? oidc.session?.accountId ?? null
}

function detail(error: Error): string | undefined {
  const { error_description: description, error_detail: more } = error as Partial<errors.OIDCProviderError>
  return [description, more].filter(Boolean).join(': ') || undefined
}
