import type { Client, Configuration, KoaContextWithOIDC, OIDCContext, TokenEndpointGrantContext } from 'oidc-provider'
import type { App } from '../../app.ts'
import { isCanonical } from '../../base/canonical-jws.ts'
import { NotFound, StoreUnavailable } from '../../base/refusals.ts'
import { expired, matching } from '../../clients/client-secrets/client-secret.ts'
import { nameJwt } from '../access-tokens/presented-jwt.ts'
import { findJwts } from '../access-tokens/read-jwt.ts'
import { revokeReplaced } from '../access-tokens/replaced-tokens.ts'
import { makeJwts } from '../access-tokens/without-resource.ts'
import { allowLocalhost } from '../clients/client-metadata.ts'
import { readEmptySecret } from '../clients/public-clients.ts'
import { checkOwnScopes, settleOwnScopes, useRegisteredNames } from '../clients/resources.ts'
import { honestSessions } from '../impersonation/honest-sessions.ts'
import { acrClaim, requestedAcr } from '../people/acr.ts'
import { mapSelectedClaims } from '../people/mapped-claims.ts'
import type { People } from '../people/people.ts'
import { limitScopesByRole } from '../people/role-scopes.ts'
import { cookies } from '../sessions/cookies.ts'
import { keepUpstreamSession } from '../sessions/keep-upstream-session.ts'
import { leaveInvalidSession } from '../sessions/leave-invalid-session.ts'
import { skipConfirmation } from '../sessions/logout-request.ts'
import { confirmLogoutOfOthers, endSessionOnLogout } from '../sessions/rp-initiated-logout.ts'
import { requireSameBrowser } from '../sessions/same-browser.ts'
import { switchAccounts } from '../sessions/switch-account.ts'
import { keepIfFailed } from '../store/committed-redemptions.ts'
import { unusedProof } from '../store/replay-detection.ts'
import { redeem, refresh } from '../store/single-use-tokens.ts'
import { UnitOfWork } from '../store/unit-of-work.ts'
import { beginUnit, unitOf } from './current-request.ts'
import { errors, Provider } from './library.ts'
import type { Screens } from './screens.ts'
import type { ProviderKey } from './signing.ts'

/**
 * Error events by route, for endpoints that programs call and whose writes are committed after the response is made.
 */
const ERROR_OF: Record<string, string | undefined> = {
  pushed_authorization_request: 'pushed_authorization_request.error',
  token: 'grant.error',
  introspection: 'introspection.error',
  revocation: 'revocation.error',
  userinfo: 'userinfo.error',
}

/** The endpoint to which the browser repeats its request, by the route of that request. */
const ENDPOINT: Record<string, string> = {
  authorization: 'authorization',
  resume: 'authorization',
  end_session: 'end_session',
}

interface Parts {
  app: App
  people: People
  screens: Screens
  keys: readonly ProviderKey[]
}

type ParameterNames = string | readonly string[] | ReadonlySet<string>

/**
 * oidc-provider with our changes: all writes of a request are committed in one step, client
 * secrets and replay marks are checked by our own code, and applications are notified of logouts in the background.
 */
export class GatehouseProvider extends Provider {
  readonly #app: App
  /** Called when a client has presented a secret that is right; set where this is recorded (events.ts). */
  secretUsed: (clientId: string, secretId: string) => void = () => {}

  constructor(configuration: Configuration, { app, people, screens, keys }: Parts) {
    super(app.config.issuer, configuration)
    this.#app = app
    const { names } = cookies(app.config)
    const used = (client: string, secret: string) => this.secretUsed(client, secret)
    this.Client.prototype.compareClientSecret = function (presented: string) {
      const found = matching(this.secrets ?? [], presented)
      if (found === null || expired(found, app.clock.now())) return false
      used(this.clientId, found.id)
      return true
    }
    // The library would notify applications while the person waits, and would not retry one that does not answer.
    this.Client.prototype.backchannelLogout = function (sub: string, sid: string) {
      return app.scope(() => app.backchannelLogout.send([{ client: this.clientId, sub, sid }]))
    }
    // A client that is notified of logouts needs `sid` in its ID tokens (OIDC Back-Channel Logout 1.0 section 2.1).
    this.Client.prototype.includeSid = function () {
      return this.backchannelLogoutUri !== undefined
    }
    this.ReplayDetection.unique = unusedProof(app.replayMarks)
    // The `acr` claim is the level that the session has, as a value that the application asked for if there is one.
    Object.defineProperty(this.OIDCContext.prototype, 'acr', {
      get(this: OIDCContext) {
        return acrClaim(requestedAcr(this.params ?? {}), this.session?.amr)
      },
    })
    const validate = this.IdToken.validate.bind(this.IdToken)
    this.IdToken.validate = async (hint: string, client: Client) => {
      if (!isCanonical(hint)) throw new errors.InvalidRequest('could not validate id_token_hint')
      return validate(hint, client)
    }
    keepUpstreamSession(this)
    honestSessions(this)
    leaveInvalidSession(this)
    mapSelectedClaims(this)
    // Before the limit by roles, which is about the scopes of APIs and so must not see what this adds.
    makeJwts(this)
    limitScopesByRole(this, { app, people })
    allowLocalhost(this)
    findJwts(this, { app, keys })
    switchAccounts(this, { app, people })
    this.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
      const unit = new UnitOfWork(app.artifacts, await app.tokenKeys.installation())
      beginUnit(ctx, unit)
      await readEmptySecret(ctx, async id => (await this.Client.find(id))?.tokenEndpointAuthMethod === 'none')
      await nameJwt(ctx)
      await requireSameBrowser(ctx, { unit, names })
      await next()
      if (!(await confirmLogoutOfOthers(ctx, { app, people, screens })))
        await skipConfirmation(ctx, { unit, app, people })
      try {
        if (!(await unit.commit())) repeatRequest(ctx)
      } catch (error) {
        const event = ERROR_OF[ctx.oidc?.route]
        if (!(error instanceof StoreUnavailable) || event === undefined) throw error
        ctx.status = error.status
        ctx.body = { error: error.message, error_description: error.error_description }
        this.emit(event, ctx, error)
      }
      await keepIfFailed(ctx, unit)
      // Koa sets a text type for an empty body, which some browser libraries reject.
      if (ctx.body === '') ctx.remove('Content-Type')
      await endSessionOnLogout(ctx, { app, people, screens })
    })
  }

  /** The library's constructor also calls this, for each of its own grant types. */
  override registerGrantType<Params extends object>(
    name: string,
    handler: (ctx: TokenEndpointGrantContext<Params>) => Promise<void> | void,
    ...rest: [parameters?: ParameterNames, duplicates?: ParameterNames]
  ): void {
    const once = async (ctx: TokenEndpointGrantContext<Params>) => {
      await useRegisteredNames(ctx, this.#app.resources)
      if (name === 'client_credentials') {
        await settleOwnScopes(ctx, this.#app.resources)
        checkOwnScopes(ctx)
      }
      const unit = unitOf(ctx)
      const parts = {
        ...{ unit, unconfirmed: this.#app.unconfirmedResponses },
        revokeReplaced: () => revokeReplaced(ctx, { ...this.#app, unit }),
      }
      return name === 'refresh_token'
        ? refresh(ctx, () => handler(ctx), { ...parts, window: this.#app.config.refreshReplayWindow })
        : redeem(ctx, () => handler(ctx), parts)
    }
    super.registerGrantType(name, once, ...rest)
  }
}

/**
 * Has the browser repeat its request, because the session or grant of the response has ended in the meantime.
 * Nothing of that response was stored, and nothing of it is sent.
 * @throws NotFound if the route has no endpoint to repeat the request at
 */
function repeatRequest(ctx: KoaContextWithOIDC): void {
  const { route, params } = ctx.oidc
  // A person who chose to stay signed in, but whose session has ended meanwhile, is still redirected.
  if (route === 'end_session_confirm') return
  ctx.remove('Set-Cookie')
  ctx.remove('Location')
  const endpoint = ENDPOINT[route]
  if (!endpoint) throw new NotFound('this sign-in has ended; start again in the application', 'session_not_found')
  const url = new URL(ctx.oidc.urlFor(endpoint))
  for (const [name, value] of Object.entries(params ?? {}))
    for (const each of [value].flat()) if (each !== undefined) url.searchParams.append(name, String(each))
  ctx.status = 303
  ctx.redirect(url.href)
}
