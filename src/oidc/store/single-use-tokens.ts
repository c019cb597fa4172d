import type { KoaContextWithOIDC } from 'oidc-provider'
import { StoreUnavailable } from '../../base/refusals.ts'
import { openUnder, sealUnder } from '../../base/sealing.ts'
import type { UnconfirmedResponses } from '../../storage/replay/unconfirmed-responses.ts'
import { scopesAllowed } from '../clients/client-metadata.ts'
import { keepGrantedScopes } from '../clients/requested-scopes.ts'
import { errors } from '../provider/library.ts'
import { commitRedemption, type TokenResponse, unconfirmedResponse } from './committed-redemptions.ts'
import { REPLAYED_RESPONSE } from './retries.ts'
import type { UnitOfWork } from './unit-of-work.ts'

type Work = () => unknown

interface Parts {
  unit: UnitOfWork
  unconfirmed: UnconfirmedResponses
  /** Revokes the access token that the new one replaces, before the new ones are committed. */
  revokeReplaced: () => Promise<void>
}

/**
 * Redeems a code at most once: its consumption and the tokens made from it are committed together,
 * or the request is refused. If the response may not have reached the client, a retry gets the same response, once.
 */
export async function redeem(
  ctx: KoaContextWithOIDC,
  work: Work,
  { unit, unconfirmed, revokeReplaced }: Parts,
): Promise<void> {
  try {
    await runHandler(ctx, unit, work)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) await dropForeignCode(ctx, unit)
    throw error
  }
  const token = ctx.oidc.entities.AuthorizationCode && ctx.oidc.params?.code
  if (typeof token !== 'string') {
    if (!(await unit.commit())) throw new errors.InvalidGrant('the session or grant has ended')
    return
  }
  await revokeReplaced()
  const request = identifyingParameters(ctx)
  if (await commitRedemption(ctx, unit, { token, response: { request, body: ctx.body }, unconfirmed })) return
  const kept = await unconfirmedResponse(ctx, unit, { kind: 'AuthorizationCode', token, request, unconfirmed })
  if (!kept) throw new errors.InvalidGrant('authorization code already used')
  ctx.body = kept.body
}

/** Drops a code that another client presents: stolen or mixed up, it must not be used at all (RFC 9700 section 4.5). */
async function dropForeignCode({ oidc }: KoaContextWithOIDC, unit: UnitOfWork): Promise<void> {
  const { code } = oidc.params ?? {}
  if (typeof code !== 'string') return
  const found = await unit.get('AuthorizationCode', code)
  if (found && found.clientId !== oidc.client?.clientId) unit.drop('AuthorizationCode', code)
}

/**
 * Rotates a refresh token. Two tabs, or a client that never received the response, may present the same token twice
 * within `window` seconds. They get the same response, which is kept for that time,
 * sealed under the presented token so that no one else can read it.
 * The second request gets it only after it passes every check of the first (client, binding, grant, account).
 * A response that may not have reached the client is given to a later retry too, after the same checks.
 */
export async function refresh(
  ctx: KoaContextWithOIDC,
  work: Work,
  { unit, unconfirmed, revokeReplaced, window }: Parts & { window: number },
): Promise<void> {
  const token = String(ctx.oidc.params?.refresh_token)
  await keepGrantedScopes(ctx, unit)
  await runHandler(ctx, unit, work)
  await revokeReplaced()
  const request = identifyingParameters(ctx)
  const response: TokenResponse = { request, body: ctx.body }
  const grantId = ctx.oidc.entities.RefreshToken?.grantId
  if (window > 0 && grantId) {
    // One second longer than the window, which counts whole seconds.
    unit.put(REPLAYED_RESPONSE, token, { grantId, sealed: sealUnder(token, JSON.stringify(response)) }, window + 1)
  }
  if (await commitRedemption(ctx, unit, { token, response, unconfirmed })) return

  const replayed = await unit.stored(REPLAYED_RESPONSE, token)
  const kept =
    (await unconfirmedResponse(ctx, unit, { kind: 'RefreshToken', token, request, unconfirmed })) ??
    (replayed && (JSON.parse(openUnder(token, String(replayed.sealed))) as TokenResponse))
  if (kept?.request !== request) throw new errors.InvalidGrant('refresh token already used')
  ctx.body = kept.body
}

/** What two requests must have in common to be given the same response. */
function identifyingParameters({ oidc }: KoaContextWithOIDC): string {
  const { scope = null, resource = null } = oidc.params ?? {}
  return JSON.stringify([scope, resource, oidc.entities.AccessToken?.jkt ?? null])
}

async function runHandler({ oidc }: KoaContextWithOIDC, unit: UnitOfWork, work: Work): Promise<void> {
  try {
    await work()
    // Removing a scope from a client also removes it from earlier grants.
    const { scopes } = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode ?? { scopes: [] }
    if (!scopesAllowed(oidc.client!, scopes))
      throw new errors.InvalidGrant('the client is no longer allowed all of the granted scopes')
  } catch (error) {
    unit.abandon()
    throw error
  }
}
