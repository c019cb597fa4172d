import type { KoaContextWithOIDC } from 'oidc-provider'
import { StoreUnavailable } from '../../base/refusals.ts'
import { openUnder, sealUnder } from '../../base/sealing.ts'
import type { UnconfirmedAnswers } from '../../storage/replay/unconfirmed-answers.ts'
import { mayAsk } from '../clients/client-metadata.ts'
import { keepGrantedScopes } from '../clients/requested-scopes.ts'
import { errors } from '../provider/library.ts'
import { type Answer, commitRedemption, unconfirmedAnswer } from './redemption.ts'
import { REPLAYED_ANSWER } from './replay-window.ts'
import type { UnitOfWork } from './unit-of-work.ts'

type Work = () => unknown

interface Parts {
  unit: UnitOfWork
  unconfirmed: UnconfirmedAnswers
}

/**
 * A code is redeemed, a token refreshed, at most once: what the library consumed and what it made from it are committed
 * together, or the request is refused. A code whose answer may not have reached the client is answered again, once.
 */
export async function redeem(ctx: KoaContextWithOIDC, work: Work, { unit, unconfirmed }: Parts): Promise<void> {
  try {
    await attempt(ctx, unit, work)
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) await dropStray(ctx, unit)
    throw error
  }
  const token = ctx.oidc.entities.AuthorizationCode && ctx.oidc.params?.code
  if (typeof token !== 'string') {
    if (!(await unit.commit())) throw new errors.InvalidGrant('what it was granted under has ended')
    return
  }
  const asked = askedBy(ctx)
  if (await commitRedemption(ctx, unit, { token, answer: { asked, body: ctx.body }, unconfirmed })) return
  const answer = await unconfirmedAnswer(ctx, unit, { kind: 'AuthorizationCode', token, asked, unconfirmed })
  if (!answer) throw new errors.InvalidGrant('it was used already')
  ctx.body = answer.body
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
 * So has one whose answer may not have reached the client, whenever that tries again.
 */
export async function refresh(
  ctx: KoaContextWithOIDC,
  work: Work,
  { unit, unconfirmed, window }: Parts & { window: number },
): Promise<void> {
  const token = String(ctx.oidc.params?.refresh_token)
  await keepGrantedScopes(ctx, unit)
  await attempt(ctx, unit, work)
  const asked = askedBy(ctx)
  const answer: Answer = { asked, body: ctx.body }
  const grantId = ctx.oidc.entities.RefreshToken?.grantId
  if (window > 0 && grantId) {
    // A second more than the window, which is counted in whole seconds.
    unit.put(REPLAYED_ANSWER, token, { grantId, sealed: sealUnder(token, JSON.stringify(answer)) }, window + 1)
  }
  if (await commitRedemption(ctx, unit, { token, answer, unconfirmed })) return

  const replayed = await unit.stored(REPLAYED_ANSWER, token)
  const kept =
    (await unconfirmedAnswer(ctx, unit, { kind: 'RefreshToken', token, asked, unconfirmed })) ??
    (replayed && (JSON.parse(openUnder(token, String(replayed.sealed))) as Answer))
  if (kept?.asked !== asked) throw new errors.InvalidGrant('refresh token already used')
  ctx.body = kept.body
}

/** What a request must have in common with the one whose answer it is given. */
function askedBy({ oidc }: KoaContextWithOIDC): string {
  const { scope = null, resource = null } = oidc.params ?? {}
  return JSON.stringify([scope, resource, oidc.entities.AccessToken?.jkt ?? null])
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
