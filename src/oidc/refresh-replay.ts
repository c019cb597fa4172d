import type { KoaContextWithOIDC } from 'oidc-provider'
import { StoreUnavailable } from '../base/refusals.ts'
import { openUnder, sealUnder } from '../base/sealing.ts'
import { keepGrantedScopes } from './asked-scopes.ts'
import { mayAsk } from './client-metadata.ts'
import { errors } from './library.ts'
import type { UnitOfWork } from './unit-of-work.ts'

const KIND = 'RefreshReplay'

type Work = () => unknown

/**
 * A code is redeemed, a token refreshed, at most once: what the library consumed and what it made from it are committed
 * together, or the request is refused.
 */
export async function redeem(ctx: KoaContextWithOIDC, unit: UnitOfWork, work: Work): Promise<void> {
  try {
    await attempt(ctx, unit, work)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) await dropStray(ctx, unit)
    throw error
  }
  if (!(await unit.commit())) throw new errors.InvalidGrant('it was used already')
}

/** A code that another client presents has been stolen or mixed up (RFC 9700 section 4.5): its owner cannot use it either. */
async function dropStray({ oidc }: KoaContextWithOIDC, unit: UnitOfWork): Promise<void> {
  const { code } = oidc.params ?? {}
  if (typeof code !== 'string') return
  const found = await unit.get('AuthorizationCode', code)
  if (found && found.clientId !== oidc.client?.clientId) unit.drop('AuthorizationCode', code)
}

/**
 * Refresh tokens rotate. Two tabs, or a client that never saw the answer, present the same one twice within moments:
 * they get the same answer, which was kept for these seconds, sealed under the presented token, so that nobody else can
 * read it. The second request has passed every check of the first (client, binding, grant, account) before it is told.
 */
export async function refresh(ctx: KoaContextWithOIDC, unit: UnitOfWork, work: Work, window: number): Promise<void> {
  const token = String(ctx.oidc.params?.refresh_token)
  await keepGrantedScopes(ctx, unit)
  await attempt(ctx, unit, work)
  const boundTo = ctx.oidc.entities.AccessToken?.jkt
  const asked = JSON.stringify([ctx.oidc.params?.scope ?? null, ctx.oidc.params?.resource ?? null, boundTo ?? null])
  const grantId = ctx.oidc.entities.RefreshToken?.grantId
  if (window > 0 && grantId) {
    // A second more than the window, which is counted in whole seconds.
    unit.put(KIND, token, { grantId, sealed: sealUnder(token, JSON.stringify({ asked, body: ctx.body })) }, window + 1)
  }
  if (await unit.commit()) return

  const kept = await unit.stored(KIND, token)
  const answer = kept && JSON.parse(openUnder(token, String(kept.sealed)))
  if (answer?.asked !== asked) throw new errors.InvalidGrant('refresh token already used')
  ctx.body = answer.body
}

async function attempt({ oidc }: KoaContextWithOIDC, unit: UnitOfWork, work: Work): Promise<void> {
  try {
    await work()
    // An operator who takes a scope from a client takes it from what was granted before, too.
    const { scopes } = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode ?? { scopes: [] }
    if (!mayAsk(oidc.client!, scopes))
      throw new errors.InvalidGrant('the client may not have all of the scopes any more')
  } catch (error) {
    unit.abandon()
    throw error
  }
}
