import type { KoaContextWithOIDC } from 'oidc-provider'
import { StoreUnavailable } from '../../base/refusals.ts'
import type { Kind } from '../../storage/artifacts/artifacts.ts'
import type { UnconfirmedResponses } from '../../storage/replay/unconfirmed-responses.ts'
import { nothingDone } from '../../storage/store-errors.ts'
import type { UnitOfWork } from './unit-of-work.ts'

/** The response to a code or refresh token, and what identifies the request. */
export interface TokenResponse {
  /** Must be equal in a request that is given the response again. */
  request: string
  body: unknown
}

interface Redemption {
  /** The code or refresh token that was presented. */
  token: string
  /** The attempt that consumed the token, or may have. */
  attempt: string
  response: TokenResponse
  unconfirmed: UnconfirmedResponses
}

/** Redemptions that were committed, or may have been, and whose response has not been sent. */
const redemptions = new WeakMap<UnitOfWork, Redemption>()

/** Commits the redemption. From then on its response is kept unless it is sent. @returns whether it was committed */
export async function commitRedemption(
  ctx: KoaContextWithOIDC,
  unit: UnitOfWork,
  { token, response, unconfirmed }: Omit<Redemption, 'attempt'>,
): Promise<boolean> {
  keepUnlessSent(ctx, unit, { token, attempt: unit.attempt, response, unconfirmed })
  try {
    const committed = await unit.commit()
    if (!committed) redemptions.delete(unit)
    return committed
  } catch (error) {
    if (error instanceof StoreUnavailable && nothingDone(error)) redemptions.delete(unit)
    throw error
  }
}

/**
 * Gives out, once, the response that the client did not receive: only one of several concurrent requests gets it.
 * @returns null if there is none, if the request differs,
 *   or if another attempt than that of the kept response consumed the code or token
 */
export async function unconfirmedResponse(
  ctx: KoaContextWithOIDC,
  unit: UnitOfWork,
  { kind, token, request, unconfirmed }: Pick<Redemption, 'token' | 'unconfirmed'> & { kind: Kind; request: string },
): Promise<TokenResponse | null> {
  const attempt = (await unit.stored(kind, token))?.consumedBy
  if (!attempt) return null
  const kept = await unconfirmed.find({ token, attempt })
  const response = kept === null ? null : (JSON.parse(kept) as TokenResponse)
  if (response && response.request !== request) return null
  if (response) keepUnlessSent(ctx, unit, { token, attempt, response, unconfirmed })
  const first = await unconfirmed.take({ token, attempt, by: unit.attempt })
  if (!first) redemptions.delete(unit)
  return first ? response : null
}

/** Keeps the response if the request has failed meanwhile; called before the error is sent. */
export async function keepIfFailed({ status }: KoaContextWithOIDC, unit: UnitOfWork): Promise<void> {
  if (status >= 500) await keep(unit)
}

/** Keeps the response if the connection closes before it is sent, or if an error is sent instead. */
function keepUnlessSent({ req, res }: KoaContextWithOIDC, unit: UnitOfWork, redemption: Redemption): void {
  redemptions.set(unit, redemption)
  const settle = () => (res.writableFinished && res.statusCode < 500 ? redemptions.delete(unit) : keep(unit))
  if (req.socket.destroyed) void keep(unit)
  else res.once('close', () => void settle())
}

async function keep(unit: UnitOfWork): Promise<void> {
  const redemption = redemptions.get(unit)
  if (!redemption) return
  redemptions.delete(unit)
  const { token, attempt, response, unconfirmed } = redemption
  await unconfirmed.keep({ token, attempt, by: unit.attempt }, JSON.stringify(response))
}
