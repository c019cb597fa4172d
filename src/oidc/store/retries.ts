import { epoch } from '../../base/clock.ts'
import type { Needs } from '../../base/nouns.ts'
import type { Artifact, Kind } from '../../storage/artifacts/artifacts.ts'
import { MAX_CLOCK_SKEW } from '../provider/lifetimes.ts'

/** The kind of the stored response to a used refresh token, kept under that token while the replay window is open. */
export const REPLAYED_RESPONSE = 'RefreshReplay'

type Parts = Needs<'artifacts' | 'clock' | 'config' | 'unconfirmedResponses'>

/**
 * Whether a used code or refresh token passes all checks of the token endpoint as if it were unused: its response may
 * not have reached the client, or a refresh token was used a moment ago. Consuming it then fails, and the same response
 * is given again (single-use-tokens.ts). Otherwise it counts as stolen.
 */
export async function mayRetry(
  kind: Kind,
  id: string,
  { consumed, consumedBy }: Artifact,
  app: Parts,
): Promise<boolean> {
  if (consumed === undefined || (kind !== 'AuthorizationCode' && kind !== 'RefreshToken')) return false
  if (kind === 'RefreshToken' && (await withinReplayWindow(id, consumed, app))) return true
  return Boolean(consumedBy) && (await app.unconfirmedResponses.find({ token: id, attempt: consumedBy! })) !== null
}

/**
 * Whether a second tab or a lost response explains why a refresh token is presented again.
 * It may have been used on a machine whose clock differs, so if the window is closed by this machine's clock,
 * it counts as open while the store still has the response.
 */
async function withinReplayWindow(id: string, consumed: number, { artifacts, clock, config }: Parts): Promise<boolean> {
  const window = config.refreshReplayWindow
  const age = epoch(clock.now()) - consumed
  if (window === 0 || Math.abs(age) > window + MAX_CLOCK_SKEW) return false
  return (age >= 0 && age <= window) || (await artifacts.get(REPLAYED_RESPONSE, id)) !== undefined
}
